-- A veterinary clinic: owners and their animals, the vets, the visits and what was done at each visit.

CREATE TABLE vet (
    vet_id INTEGER PRIMARY KEY,
    full_name TEXT NOT NULL,
    specialty TEXT NOT NULL,
    hired_year INTEGER NOT NULL,
    salary INTEGER
);

CREATE TABLE owner (
    owner_id INTEGER PRIMARY KEY,
    full_name TEXT NOT NULL,
    town TEXT NOT NULL,
    phone TEXT,
    registered_on TEXT NOT NULL
);

CREATE TABLE animal (
    animal_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    species TEXT NOT NULL,
    breed TEXT,
    sex TEXT,
    birth_date TEXT,
    weight_kg REAL,
    owner_id INTEGER NOT NULL,
    FOREIGN KEY (owner_id) REFERENCES owner (owner_id)
);

CREATE TABLE visit (
    visit_id INTEGER PRIMARY KEY,
    animal_id INTEGER NOT NULL,
    vet_id INTEGER NOT NULL,
    visit_date TEXT NOT NULL,
    reason TEXT NOT NULL,
    fee REAL NOT NULL,
    FOREIGN KEY (animal_id) REFERENCES animal (animal_id),
    FOREIGN KEY (vet_id) REFERENCES vet (vet_id)
);

CREATE TABLE treatment (
    treatment_code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    base_price REAL NOT NULL
);

CREATE TABLE visit_treatment (
    visit_id INTEGER NOT NULL,
    treatment_code TEXT NOT NULL,
    doses INTEGER NOT NULL,
    PRIMARY KEY (visit_id, treatment_code),
    FOREIGN KEY (visit_id) REFERENCES visit (visit_id),
    FOREIGN KEY (treatment_code) REFERENCES treatment (treatment_code)
);

INSERT INTO vet VALUES
(1, 'Dr Ingrid Halvorsen', 'surgery', 2006, 78000),
(2, 'Dr Paulo Menezes', 'general practice', 2014, 61500),
(3, 'Dr Shira Alon', 'dermatology', 2017, 59200),
(4, 'Dr Callum Reid', 'general practice', 2020, 52800),
(5, 'Dr Yuki Hanazawa', 'exotic animals', 2011, 66400),
(6, 'Dr Beatrix Vogel', 'dentistry', 2018, 60100),
(7, 'Dr Emeka Udoh', 'surgery', 2015, 71900),
(8, 'Dr Søren Kjær', 'cardiology', 2023, 63000);

INSERT INTO owner VALUES
(1, 'Margaret Ashdown', 'Felbrook', '0555-210', '2012-05-14'),
(2, 'Kwame Boateng', 'Felbrook', '0555-233', '2018-02-01'),
(3, 'Julia Sørensen', 'Upper Wend', NULL, '2019-09-30'),
(4, 'Pedro Quintana', 'Castle Mere', '0555-318', '2015-11-23'),
(5, 'Anneliese Roth', 'Castle Mere', '0555-347', '2020-03-09'),
(6, 'Dev Choudhury', 'Felbrook', '0555-271', '2021-06-18'),
(7, 'Fiona Larkspur', 'Upper Wend', '0555-402', '2010-01-07'),
(8, 'Tomáš Beneš', 'Hexley', '0555-455', '2016-08-16'),
(9, 'Rosa Lindgren', 'Hexley', NULL, '2022-04-25'),
(10, 'Gareth Pym', 'Felbrook', '0555-289', '2017-10-12'),
(11, 'Imani Kariuki', 'Castle Mere', '0555-366', '2023-01-19'),
(12, 'Walter Tennyson-Hale', 'Upper Wend', '0555-418', '2013-07-02');

INSERT INTO animal VALUES
(1, 'Bramble', 'dog', 'border collie', 'F', '2015-03-22', 18.4, 1),
(2, 'Pickle', 'cat', NULL, 'M', '2018-06-10', 4.6, 1),
(3, 'Kofi', 'dog', 'beagle', 'M', '2017-11-02', 12.9, 2),
(4, 'Saga', 'cat', 'norwegian forest cat', 'F', '2019-05-17', 5.8, 3),
(5, 'Thor', 'rabbit', 'dutch', 'M', '2021-02-11', 2.1, 3),
(6, 'Canela', 'dog', 'labrador', 'F', '2014-09-05', 29.7, 4),
(7, 'Mozart', 'parrot', 'african grey', 'M', '2008-04-30', 0.4, 5),
(8, 'Lotte', 'cat', 'siamese', 'F', '2020-01-15', 3.9, 5),
(9, 'Raja', 'dog', 'german shepherd', 'M', '2020-12-24', 34.2, 6),
(10, 'Mischief', 'cat', NULL, 'F', '2012-08-08', 4.1, 7),
(11, 'Duchess', 'horse', 'welsh pony', 'F', '2009-05-01', 285.0, 7),
(12, 'Waffle', 'guinea pig', NULL, 'M', '2022-03-14', 0.9, 8),
(13, 'Brina', 'dog', 'dachshund', 'F', '2016-07-19', 8.3, 8),
(14, 'Sol', 'tortoise', 'hermann', NULL, '1998-06-01', 3.3, 9),
(15, 'Bowser', 'dog', 'beagle', 'M', '2019-10-31', 14.6, 10),
(16, 'Nala', 'cat', 'siamese', 'F', '2022-11-20', 3.2, 11),
(17, 'Biscuit', 'rabbit', 'lop', 'F', '2020-08-26', 2.7, 10),
(18, 'Old Tom', 'cat', NULL, 'M', '2007-05-05', 5.1, 12),
(19, 'Pip', 'parrot', 'cockatiel', NULL, '2021-09-09', 0.1, 7),
(20, 'Freya', 'dog', 'labrador', 'F', '2023-02-02', 21.5, 3);

INSERT INTO visit VALUES
(1, 1, 2, '2023-01-10', 'vaccination', 45.0),
(2, 3, 4, '2023-01-17', 'limping', 80.0),
(3, 7, 5, '2023-01-23', 'check-up', 60.0),
(4, 10, 6, '2023-02-02', 'dental', 150.0),
(5, 6, 1, '2023-02-08', 'surgery', 420.0),
(6, 6, 2, '2023-02-15', 'follow-up', 35.0),
(7, 9, 3, '2023-02-21', 'skin rash', 95.0),
(8, 12, 5, '2023-03-01', 'check-up', 40.0),
(9, 18, 2, '2023-03-06', 'check-up', 55.0),
(10, 11, 7, '2023-03-13', 'limping', 210.0),
(11, 4, 4, '2023-03-20', 'vaccination', 45.0),
(12, 15, 3, '2023-03-28', 'skin rash', 90.0),
(13, 15, 3, '2023-04-11', 'follow-up', 35.0),
(14, 14, 5, '2023-04-17', 'check-up', 65.0),
(15, 1, 7, '2023-04-24', 'surgery', 380.0),
(16, 1, 2, '2023-05-02', 'follow-up', 35.0),
(17, 16, 4, '2023-05-09', 'vaccination', 45.0),
(18, 8, 6, '2023-05-15', 'dental', 140.0),
(19, 13, 1, '2023-05-23', 'surgery', 510.0),
(20, 13, 4, '2023-06-01', 'follow-up', 30.0),
(21, 20, 2, '2023-06-06', 'vaccination', 45.0),
(22, 2, 2, '2023-06-12', 'check-up', 55.0),
(23, 5, 5, '2023-06-20', 'vaccination', 42.5),
(24, 9, 3, '2023-06-27', 'follow-up', 35.0),
(25, 18, 6, '2023-07-04', 'dental', 175.0),
(26, 3, 2, '2023-07-11', 'vaccination', 45.0),
(27, 10, 4, '2023-07-18', 'check-up', 55.0),
(28, 11, 1, '2023-07-25', 'follow-up', 90.0),
(29, 7, 5, '2023-08-01', 'feather loss', 72.5),
(30, 1, 4, '2023-08-08', 'check-up', 55.0);

INSERT INTO treatment VALUES
('VAC1', 'core vaccine', 'vaccine', 28.0),
('VAC2', 'rabies vaccine', 'vaccine', 32.5),
('ANB', 'antibiotic course', 'medicine', 24.0),
('PAIN', 'pain relief injection', 'medicine', 15.5),
('DEWORM', 'deworming tablet', 'medicine', 9.8),
('ANES', 'general anaesthesia', 'procedure', 110.0),
('XRAY', 'x-ray', 'diagnostic', 85.0),
('BLOOD', 'blood panel', 'diagnostic', 64.0),
('SCALE', 'dental scaling', 'procedure', 90.0),
('SHAMP', 'medicated shampoo', 'medicine', 18.2),
('ULTRA', 'ultrasound', 'diagnostic', 120.0),
('NAIL', 'nail trim', 'procedure', 12.0),
('BAND', 'bandage', 'procedure', 14.5);

INSERT INTO visit_treatment VALUES
(1, 'VAC1', 1), (1, 'VAC2', 1), (1, 'DEWORM', 2),
(2, 'XRAY', 1), (2, 'PAIN', 1),
(3, 'NAIL', 1),
(4, 'ANES', 1), (4, 'SCALE', 1), (4, 'ANB', 1),
(5, 'ANES', 1), (5, 'BLOOD', 1), (5, 'PAIN', 2),
(6, 'ANB', 1),
(7, 'SHAMP', 2), (7, 'ANB', 1),
(8, 'NAIL', 1),
(9, 'BLOOD', 1),
(10, 'XRAY', 2), (10, 'PAIN', 3),
(11, 'VAC1', 1), (11, 'DEWORM', 1),
(12, 'SHAMP', 3),
(14, 'NAIL', 1), (14, 'BLOOD', 1),
(15, 'ANES', 1), (15, 'PAIN', 2), (15, 'BAND', 2), (15, 'ANB', 1),
(16, 'BAND', 1),
(17, 'VAC1', 1), (17, 'DEWORM', 1),
(18, 'ANES', 1), (18, 'SCALE', 1),
(19, 'ANES', 1), (19, 'XRAY', 1), (19, 'PAIN', 2), (19, 'BLOOD', 1),
(20, 'BAND', 1),
(21, 'VAC1', 1), (21, 'VAC2', 1),
(23, 'VAC1', 1),
(25, 'ANES', 1), (25, 'SCALE', 1), (25, 'BLOOD', 1),
(26, 'VAC2', 1),
(27, 'BLOOD', 1),
(29, 'BLOOD', 1), (29, 'SHAMP', 1);
