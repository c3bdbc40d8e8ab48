-- hospital_ward: wards, nurses, patients and what is given to them.
PRAGMA foreign_keys = ON;

CREATE TABLE ward (
  ward_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  specialty TEXT,
  floor INTEGER,
  beds INTEGER,
  opened_on TEXT
);

CREATE TABLE nurse (
  nurse_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  grade TEXT,
  hourly_pay REAL,
  hired_on TEXT,
  home_ward_id INTEGER,
  FOREIGN KEY (home_ward_id) REFERENCES ward(ward_id)
);

CREATE TABLE patient (
  patient_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  birth_date TEXT,
  sex TEXT,
  blood_group TEXT,
  town TEXT
);

CREATE TABLE admission (
  admission_id INTEGER PRIMARY KEY,
  patient_id INTEGER NOT NULL,
  ward_id INTEGER NOT NULL,
  reason TEXT,
  admitted_on TEXT,
  discharged_on TEXT,
  nights INTEGER,
  FOREIGN KEY (patient_id) REFERENCES patient(patient_id),
  FOREIGN KEY (ward_id) REFERENCES ward(ward_id)
);

CREATE TABLE shift (
  shift_id INTEGER PRIMARY KEY,
  nurse_id INTEGER NOT NULL,
  ward_id INTEGER NOT NULL,
  shift_date TEXT,
  kind TEXT,
  hours REAL,
  FOREIGN KEY (nurse_id) REFERENCES nurse(nurse_id),
  FOREIGN KEY (ward_id) REFERENCES ward(ward_id)
);

CREATE TABLE medicine (
  medicine_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  form TEXT,
  unit_price REAL,
  stock INTEGER,
  expires_on TEXT
);

CREATE TABLE prescription (
  admission_id INTEGER NOT NULL,
  medicine_id INTEGER NOT NULL,
  doses_per_day INTEGER,
  days INTEGER,
  PRIMARY KEY (admission_id, medicine_id),
  FOREIGN KEY (admission_id) REFERENCES admission(admission_id),
  FOREIGN KEY (medicine_id) REFERENCES medicine(medicine_id)
);

INSERT INTO ward VALUES
  (1, 'Juniper', 'surgery', 2, 24, '1978-05-02'),
  (2, 'Rowan', 'medicine', 3, 28, '1978-05-02'),
  (3, 'Willow', 'children', 1, 16, '1991-09-16'),
  (4, 'Hazel', 'maternity', 1, 14, '1991-09-16'),
  (5, 'Cedar', 'intensive care', 2, 8, '2006-01-30'),
  (6, 'Larch', 'rehabilitation', 4, 20, '2013-11-11'),
  (7, 'Aspen', 'medicine', 3, 22, '2018-03-05'),
  (8, 'Maple', 'isolation', 5, 6, NULL);

INSERT INTO nurse VALUES
  (1, 'Agnes Lorimer', 'charge nurse', 31.40, '1996-02-19', 1),
  (2, 'Benedikt Haas', 'staff nurse', 24.80, '2011-07-04', 1),
  (3, 'Chidinma Eze', 'staff nurse', 25.10, '2014-10-13', 2),
  (4, 'Delphine Roux', 'charge nurse', 32.05, '2001-06-25', 5),
  (5, 'Esra Yıldız', 'staff nurse', 24.80, '2017-01-09', 5),
  (6, 'Farid Naseri', 'assistant', 17.25, '2020-08-31', 2),
  (7, 'Gwen Treharne', 'charge nurse', 30.90, '2004-03-15', 3),
  (8, 'Hugo Santamaría', 'staff nurse', 23.95, '2019-05-20', 3),
  (9, 'Imani Kariuki', 'midwife', 28.60, '2009-12-01', 4),
  (10, 'Jolanta Mazur', 'midwife', 27.75, '2015-04-07', 4),
  (11, 'Kieran Foyle', 'assistant', 16.90, '2022-09-12', 6),
  (12, 'Leila Benali', 'staff nurse', 26.30, '2008-11-17', 7),
  (13, 'Milo Saarinen', 'student', 13.50, '2024-01-15', NULL);

INSERT INTO patient VALUES
  (1, 'Arthur Pell', '1941-03-08', 'M', 'O+', 'Dunmere'),
  (2, 'Bronagh Keane', '1987-07-21', 'F', 'A+', 'Dunmere'),
  (3, 'Carlos Ibáñez', '1965-12-02', 'M', 'B+', 'Saltby'),
  (4, 'Dina Rostova', '1992-05-17', 'F', 'O-', 'Kirkfield'),
  (5, 'Edith Warbeck', '1934-10-30', 'F', 'A+', 'Saltby'),
  (6, 'Femi Adeyemi', '2016-01-25', 'M', 'O+', 'Kirkfield'),
  (7, 'Greta Nyholm', '2019-08-14', 'F', 'AB+', 'Dunmere'),
  (8, 'Hassan Mirza', '1978-04-11', 'M', 'A-', 'Overton'),
  (9, 'Isobel Trent', '1995-11-06', 'F', 'O+', 'Overton'),
  (10, 'Jakub Novotný', '1959-09-19', 'M', NULL, 'Dunmere'),
  (11, 'Kamala Iyer', '1950-02-28', 'F', 'B+', 'Saltby'),
  (12, 'Lewis Hartnoll', '2011-06-03', 'M', 'O+', 'Dunmere'),
  (13, 'Maeve Dunphy', '1983-01-12', 'F', 'A+', NULL),
  (14, 'Nils Ekberg', '1972-07-29', 'M', 'B-', 'Overton');

INSERT INTO admission VALUES
  (1, 1, 2, 'pneumonia', '2024-01-04', '2024-01-15', 11),
  (2, 2, 4, 'birth', '2024-01-09', '2024-01-11', 2),
  (3, 3, 1, 'hernia', '2024-01-16', '2024-01-18', 2),
  (4, 5, 1, 'hip fracture', '2024-01-20', '2024-02-01', 12),
  (5, 5, 6, 'hip fracture', '2024-02-01', '2024-03-07', 35),
  (6, 6, 3, 'asthma', '2024-02-03', '2024-02-06', 3),
  (7, 8, 5, 'heart attack', '2024-02-11', '2024-02-16', 5),
  (8, 8, 2, 'heart attack', '2024-02-16', '2024-02-24', 8),
  (9, 4, 4, 'birth', '2024-02-27', '2024-03-01', 3),
  (10, 10, 7, 'diabetes', '2024-03-02', '2024-03-06', 4),
  (11, 7, 3, 'broken arm', '2024-03-10', '2024-03-11', 1),
  (12, 11, 7, 'pneumonia', '2024-03-12', '2024-03-21', 9),
  (13, 12, 1, 'appendicitis', '2024-03-19', '2024-03-22', 3),
  (14, 1, 5, 'stroke', '2024-03-28', '2024-04-06', 9),
  (15, 1, 6, 'stroke', '2024-04-06', NULL, NULL),
  (16, 9, 1, 'appendicitis', '2024-04-02', '2024-04-05', 3),
  (17, 3, 7, 'asthma', '2024-04-08', '2024-04-12', 4),
  (18, 14, 1, 'gallstones', '2024-04-14', '2024-04-17', 3),
  (19, 6, 3, 'asthma', '2024-04-20', '2024-04-22', 2),
  (20, 11, 2, 'heart failure', '2024-04-25', NULL, NULL);

INSERT INTO shift VALUES
  (1, 1, 1, '2024-04-01', 'day', 8.0),
  (2, 2, 1, '2024-04-01', 'night', 10.0),
  (3, 3, 2, '2024-04-01', 'day', 8.0),
  (4, 4, 5, '2024-04-01', 'day', 12.0),
  (5, 5, 5, '2024-04-01', 'night', 12.0),
  (6, 7, 3, '2024-04-01', 'day', 8.0),
  (7, 9, 4, '2024-04-01', 'night', 10.0),
  (8, 1, 1, '2024-04-02', 'day', 8.0),
  (9, 2, 5, '2024-04-02', 'night', 10.0),
  (10, 6, 2, '2024-04-02', 'late', 7.5),
  (11, 8, 3, '2024-04-02', 'late', 7.5),
  (12, 10, 4, '2024-04-02', 'day', 8.0),
  (13, 12, 7, '2024-04-02', 'day', 8.0),
  (14, 5, 5, '2024-04-03', 'night', 12.0),
  (15, 3, 7, '2024-04-03', 'late', 7.5),
  (16, 4, 5, '2024-04-03', 'day', 12.0),
  (17, 11, 6, '2024-04-03', 'day', 6.0),
  (18, 7, 3, '2024-04-03', 'day', 8.0),
  (19, 9, 4, '2024-04-04', 'night', 10.0),
  (20, 2, 1, '2024-04-04', 'night', 10.0),
  (21, 6, 2, '2024-04-04', 'late', 7.5),
  (22, 8, 3, '2024-04-04', 'night', 10.0),
  (23, 12, 2, '2024-04-05', 'day', 8.0),
  (24, 5, 5, '2024-04-05', 'night', 12.0),
  (25, 11, 6, '2024-04-05', 'late', 6.0),
  (26, 1, 1, '2024-04-05', 'late', 7.5);

INSERT INTO medicine VALUES
  (1, 'Amoxilan', 'capsule', 0.35, 820, '2025-06-30'),
  (2, 'Dolorex', 'tablet', 0.08, 4100, '2026-02-28'),
  (3, 'Ventispray', 'inhaler', 6.40, 75, '2024-12-31'),
  (4, 'Cardiolen', 'tablet', 0.92, 640, '2025-09-30'),
  (5, 'Glucodan', 'injection', 11.75, 58, '2024-08-31'),
  (6, 'Heparol', 'injection', 4.10, 310, '2025-01-31'),
  (7, 'Morfitel', 'injection', 3.25, 120, '2025-11-30'),
  (8, 'Pulmacin', 'infusion', 18.90, 44, '2024-10-15'),
  (9, 'Nausopax', 'tablet', 0.27, 560, NULL),
  (10, 'Ferrovit', 'syrup', 2.15, 96, '2025-03-31'),
  (11, 'Dermacalm', 'cream', 5.60, 37, '2026-07-31');

INSERT INTO prescription VALUES
  (1, 8, 2, 7), (1, 2, 3, 5), (2, 2, 3, 2), (2, 10, 1, 30),
  (3, 2, 4, 3), (3, 7, 2, 1), (4, 7, 4, 4), (4, 6, 1, 12),
  (4, 2, 3, 10), (5, 6, 1, 20), (5, 2, 2, 30), (6, 3, 4, 14),
  (7, 6, 2, 5), (7, 4, 2, 5), (7, 7, 3, 2), (8, 4, 2, 60),
  (9, 2, 3, 3), (10, 5, 3, 90), (11, 2, 3, 4), (12, 8, 2, 6),
  (12, 1, 3, 7), (13, 1, 3, 5), (13, 2, 3, 4), (14, 6, 2, 9),
  (14, 4, 1, 30), (16, 1, 3, 5), (16, 9, 2, 2), (17, 3, 4, 14),
  (18, 7, 2, 2), (19, 3, 3, 14), (20, 4, 2, NULL);
