-- A city bike rental scheme: stations, tariffs, riders, bikes, trips, and the workshop.

CREATE TABLE station (
    station_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    quarter TEXT NOT NULL,
    docks INTEGER NOT NULL,
    altitude_m INTEGER,
    opened_on TEXT
);

CREATE TABLE tariff (
    tariff_code TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    monthly_fee REAL NOT NULL,
    free_minutes INTEGER
);

CREATE TABLE rider (
    rider_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    birth_year INTEGER,
    home_town TEXT,
    joined_on TEXT NOT NULL,
    tariff_code TEXT NOT NULL,
    FOREIGN KEY (tariff_code) REFERENCES tariff (tariff_code)
);

CREATE TABLE bike (
    bike_id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    colour TEXT,
    bought_on TEXT NOT NULL,
    purchase_price REAL NOT NULL,
    station_id INTEGER,
    FOREIGN KEY (station_id) REFERENCES station (station_id)
);

CREATE TABLE trip (
    trip_id INTEGER PRIMARY KEY,
    rider_id INTEGER NOT NULL,
    bike_id INTEGER NOT NULL,
    start_station_id INTEGER NOT NULL,
    end_station_id INTEGER NOT NULL,
    trip_date TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    distance_km REAL NOT NULL,
    charge REAL NOT NULL,
    FOREIGN KEY (rider_id) REFERENCES rider (rider_id),
    FOREIGN KEY (bike_id) REFERENCES bike (bike_id),
    FOREIGN KEY (start_station_id) REFERENCES station (station_id),
    FOREIGN KEY (end_station_id) REFERENCES station (station_id)
);

CREATE TABLE mechanic (
    mechanic_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    years_experience INTEGER,
    workshop TEXT NOT NULL
);

CREATE TABLE repair (
    repair_id INTEGER PRIMARY KEY,
    bike_id INTEGER NOT NULL,
    mechanic_id INTEGER NOT NULL,
    fault TEXT NOT NULL,
    reported_on TEXT NOT NULL,
    fixed_on TEXT,
    cost REAL,
    FOREIGN KEY (bike_id) REFERENCES bike (bike_id),
    FOREIGN KEY (mechanic_id) REFERENCES mechanic (mechanic_id)
);

INSERT INTO station VALUES
(1, 'Cathedral Square', 'Altstadt', 24, 112, '2018-04-02'),
(2, 'Botanic Garden', 'Linden', 16, 118, '2018-04-02'),
(3, 'Main Railway Station', 'Altstadt', 40, 110, '2018-04-02'),
(4, 'Ferry Landing', 'Hafen', 20, 98, '2018-06-15'),
(5, 'University Gate', 'Linden', 32, 121, '2018-09-01'),
(6, 'Käthe-Sommer-Platz', 'Nordend', 12, 134, '2019-05-10'),
(7, 'Observatory Hill', 'Nordend', 8, 187, '2020-07-21'),
(8, 'Old Gasworks', 'Hafen', 18, 99, '2021-03-29'),
(9, 'Trade Fair East', 'Messe', 28, 105, '2022-05-16'),
(10, 'Willow Allotments', 'Messe', 6, NULL, '2023-09-04');

INSERT INTO tariff VALUES
('PAYG', 'Pay as you go', 0.0, 0),
('BASIC', 'Basic', 7.5, 20),
('PLUS', 'Plus', 14.9, 45),
('STUD', 'Student', 4.0, 30),
('FAM', 'Family', 24.0, 60),
('CORP', 'Company', 39.0, NULL);

INSERT INTO rider VALUES
(1, 'Anja Petersen', 1989, 'Brenwick', '2018-04-20', 'PLUS'),
(2, 'Mohamed Sayegh', 2002, 'Brenwick', '2021-10-05', 'STUD'),
(3, 'Lucía Ferrer', 2001, 'Tannau', '2022-03-14', 'STUD'),
(4, 'Holger Brandt', 1961, 'Brenwick', '2018-05-02', 'BASIC'),
(5, 'Esi Quartey', 1994, 'Brenwick', '2019-08-19', 'PAYG'),
(6, 'Vincent Laporte', 1978, 'Ostheim', '2020-02-27', 'PLUS'),
(7, 'Grace Wetherby', 1955, 'Tannau', '2019-06-11', 'BASIC'),
(8, 'Duc Tran', 1985, 'Brenwick', '2018-07-07', 'FAM'),
(9, 'Zeynep Aydın', 1997, 'Brenwick', '2022-11-30', 'PAYG'),
(10, 'Oskar Niemi', 2003, 'Ostheim', '2023-01-16', 'STUD'),
(11, 'Helene Fabry', NULL, 'Tannau', '2021-05-24', 'PAYG'),
(12, 'Roberto Salgado', 1982, 'Brenwick', '2020-09-12', 'PLUS'),
(13, 'Meera Joshi', 1990, NULL, '2023-04-03', 'BASIC'),
(14, 'Karl Ruhland', 1971, 'Brenwick', '2019-01-28', 'FAM');

INSERT INTO bike VALUES
(1, 'Swift City 3', 'standard', 'green', '2018-03-12', 540.0, 1),
(2, 'Swift City 3', 'standard', 'green', '2018-03-12', 540.0, 3),
(3, 'Swift City 3', 'standard', 'orange', '2018-03-12', 540.0, 3),
(4, 'Swift City 5', 'standard', 'green', '2019-04-25', 615.0, 2),
(5, 'Swift City 5', 'standard', 'white', '2019-04-25', 615.0, 5),
(6, 'Voltra One', 'electric', 'black', '2020-06-30', 1890.0, 3),
(7, 'Voltra One', 'electric', 'black', '2020-06-30', 1890.0, 7),
(8, 'Voltra One', 'electric', 'white', '2021-02-17', 1940.0, 5),
(9, 'Haulmate', 'cargo', 'orange', '2021-08-03', 2750.0, 4),
(10, 'Haulmate', 'cargo', 'green', '2022-04-19', 2890.0, 8),
(11, 'Voltra Two', 'electric', 'blue', '2022-09-26', 2210.0, 9),
(12, 'Voltra Two', 'electric', 'blue', '2022-09-26', 2210.0, 6),
(13, 'Swift City 5', 'standard', NULL, '2020-03-09', 630.0, 1),
(14, 'Kite Folding', 'folding', 'red', '2023-03-20', 880.0, 9),
(15, 'Kite Folding', 'folding', 'red', '2023-03-20', 880.0, NULL),
(16, 'Voltra Two', 'electric', 'black', '2023-05-08', 2260.0, 3);

INSERT INTO mechanic VALUES
(1, 'Sigrid Maurer', 17, 'Hafen Depot'),
(2, 'Pavel Hrubý', 9, 'Hafen Depot'),
(3, 'Naomi Castle', 4, 'Nordend Shed'),
(4, 'Theo Wanjiru', 12, 'Nordend Shed'),
(5, 'Björn Falk', 1, 'Hafen Depot'),
(6, 'Adela Ionescu', 6, 'Messe Garage'),
(7, 'Rory Kincaid', NULL, 'Messe Garage'),
(8, 'Uli Stamm', 22, 'Nordend Shed');

INSERT INTO trip VALUES
(1, 1, 6, 3, 5, '2023-05-02', 14, 3.8, 0.0),
(2, 2, 5, 5, 3, '2023-05-02', 19, 4.1, 0.0),
(3, 4, 1, 1, 2, '2023-05-03', 16, 2.6, 0.0),
(4, 5, 2, 3, 4, '2023-05-04', 22, 3.9, 2.75),
(5, 8, 9, 4, 2, '2023-05-06', 48, 6.2, 0.0),
(6, 3, 8, 5, 1, '2023-05-08', 11, 2.7, 0.0),
(7, 1, 6, 5, 3, '2023-05-09', 13, 3.7, 0.0),
(8, 7, 4, 2, 2, '2023-05-11', 37, 5.0, 1.7),
(9, 6, 7, 7, 3, '2023-05-12', 18, 5.9, 0.0),
(10, 9, 3, 3, 8, '2023-05-13', 31, 5.4, 3.65),
(11, 12, 11, 9, 3, '2023-05-15', 26, 7.8, 0.0),
(12, 10, 5, 5, 6, '2023-05-16', 21, 3.3, 0.0),
(13, 14, 10, 8, 1, '2023-05-20', 55, 6.9, 0.0),
(14, 2, 8, 5, 3, '2023-05-22', 12, 4.0, 0.0),
(15, 11, 1, 1, 1, '2023-05-25', 64, 9.1, 6.95),
(16, 1, 16, 3, 9, '2023-05-29', 24, 7.7, 0.0),
(17, 6, 6, 3, 7, '2023-06-01', 29, 6.1, 0.0),
(18, 4, 13, 1, 4, '2023-06-03', 23, 3.5, 0.3),
(19, 13, 12, 6, 3, '2023-06-05', 17, 4.6, 0.0),
(20, 5, 2, 4, 3, '2023-06-06', 20, 3.9, 2.55),
(21, 3, 5, 6, 5, '2023-06-09', 18, 3.2, 0.0),
(22, 8, 10, 1, 8, '2023-06-11', 72, 10.4, 1.2),
(23, 12, 11, 3, 9, '2023-06-14', 25, 7.8, 0.0),
(24, 9, 14, 9, 3, '2023-06-17', 35, 7.4, 4.05),
(25, 7, 4, 2, 5, '2023-06-19', 15, 1.9, 0.0),
(26, 1, 16, 9, 3, '2023-06-21', 23, 7.6, 0.0),
(27, 2, 3, 8, 5, '2023-06-24', 34, 5.7, 0.4),
(28, 14, 9, 2, 4, '2023-06-25', 58, 7.1, 0.0),
(29, 6, 7, 3, 7, '2023-06-27', 33, 6.3, 0.0),
(30, 10, 8, 3, 5, '2023-06-29', 12, 4.2, 0.0),
(31, 13, 12, 3, 6, '2023-07-01', 19, 4.7, 0.0),
(32, 3, 2, 3, 5, '2023-07-03', 20, 4.1, 0.0);

INSERT INTO repair VALUES
(1, 1, 2, 'flat tyre', '2023-02-10', '2023-02-11', 18.5),
(2, 6, 1, 'battery', '2023-03-02', '2023-03-16', 320.0),
(3, 4, 3, 'brakes', '2023-03-14', '2023-03-15', 42.0),
(4, 9, 1, 'chain', '2023-03-29', '2023-04-01', 36.8),
(5, 2, 5, 'flat tyre', '2023-04-07', '2023-04-08', 17.9),
(6, 7, 4, 'motor', '2023-04-18', '2023-05-09', 455.0),
(7, 1, 2, 'brakes', '2023-05-26', '2023-05-28', 39.5),
(8, 5, 3, 'lights', '2023-05-30', '2023-05-30', 22.0),
(9, 10, 1, 'wheel', '2023-06-12', '2023-06-19', 96.4),
(10, 13, 6, 'saddle', '2023-06-13', '2023-06-14', 27.3),
(11, 3, 2, 'flat tyre', '2023-06-25', '2023-06-26', 18.5),
(12, 6, 4, 'gears', '2023-06-30', '2023-07-03', 51.2),
(13, 15, 6, 'hinge', '2023-07-02', NULL, NULL),
(14, 9, 1, 'brakes', '2023-07-04', NULL, NULL),
(15, 8, 4, 'battery', '2023-07-05', '2023-07-20', 298.0),
(16, 1, 5, 'gears', '2023-07-08', '2023-07-12', 64.0),
(17, 12, 3, 'flat tyre', '2023-07-10', '2023-07-11', 21.6);
