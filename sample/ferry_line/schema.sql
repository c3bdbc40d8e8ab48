-- ferry_line: a small ferry company, its ships, its ports and its passengers.
PRAGMA foreign_keys = ON;

CREATE TABLE port (
  port_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  opened_year INTEGER,
  harbour_depth REAL,
  parking_spaces INTEGER
);

CREATE TABLE ship (
  ship_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  built_year INTEGER,
  passenger_capacity INTEGER,
  car_capacity INTEGER,
  top_speed REAL,
  home_port_id INTEGER,
  FOREIGN KEY (home_port_id) REFERENCES port(port_id)
);

CREATE TABLE route (
  route_id INTEGER PRIMARY KEY,
  origin_port_id INTEGER NOT NULL,
  destination_port_id INTEGER NOT NULL,
  distance REAL,
  base_fare REAL,
  season TEXT,
  FOREIGN KEY (origin_port_id) REFERENCES port(port_id),
  FOREIGN KEY (destination_port_id) REFERENCES port(port_id)
);

CREATE TABLE sailing (
  sailing_id INTEGER PRIMARY KEY,
  route_id INTEGER NOT NULL,
  ship_id INTEGER NOT NULL,
  departure_date TEXT,
  departure_time TEXT,
  delay_minutes INTEGER,
  status TEXT,
  wave_height REAL,
  FOREIGN KEY (route_id) REFERENCES route(route_id),
  FOREIGN KEY (ship_id) REFERENCES ship(ship_id)
);

CREATE TABLE booking (
  booking_id INTEGER PRIMARY KEY,
  sailing_id INTEGER NOT NULL,
  customer_name TEXT,
  adults INTEGER,
  children INTEGER,
  vehicle TEXT,
  amount_paid REAL,
  booked_on TEXT,
  FOREIGN KEY (sailing_id) REFERENCES sailing(sailing_id)
);

CREATE TABLE crew_member (
  crew_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  birth_year INTEGER,
  nationality TEXT,
  position TEXT,
  monthly_salary REAL,
  licence_expires TEXT
);

CREATE TABLE crew_assignment (
  sailing_id INTEGER NOT NULL,
  crew_id INTEGER NOT NULL,
  duty_hours REAL,
  PRIMARY KEY (sailing_id, crew_id),
  FOREIGN KEY (sailing_id) REFERENCES sailing(sailing_id),
  FOREIGN KEY (crew_id) REFERENCES crew_member(crew_id)
);

INSERT INTO port VALUES
  (1, 'Ardmore Pier', 'Scotland', 1921, 6.5, 140),
  (2, 'Port Mairi', 'Scotland', 1954, 5.2, 60),
  (3, 'Eastness', 'Scotland', 1987, 8.0, 220),
  (4, 'Gråvik', 'Norway', 1936, 11.4, 310),
  (5, 'Kvitsund', 'Norway', 1968, 9.1, 95),
  (6, 'Sankt Olav', 'Norway', 1902, 7.3, NULL),
  (7, 'Tórsvík', 'Faroe Islands', 1949, 10.2, 120),
  (8, 'Nólsvág', 'Faroe Islands', 1978, 4.8, NULL),
  (9, 'Halsted Havn', 'Denmark', 1995, 12.0, 400);

INSERT INTO ship VALUES
  (1, 'Sula Bheag', 1998, 250, 40, 15.5, 1),
  (2, 'Lady Brannagh', 2004, 420, 85, 17.0, 1),
  (3, 'Fjordstjerna', 2012, 980, 260, 21.5, 4),
  (4, 'Kittiwake', 1986, 120, NULL, 13.0, 2),
  (5, 'Havfruen', 2019, 1250, 340, 23.0, 9),
  (6, 'Lundi', 2008, 610, 150, 19.5, 7),
  (7, 'Storm Petrel', 2021, 300, 55, 30.5, 3),
  (8, 'Gamle Ingrid', 1961, 90, NULL, 11.0, 6),
  (9, 'Morning Skerry', 2015, 420, 110, 18.5, 3);

INSERT INTO route VALUES
  (1, 1, 2, 12.5, 9.50, 'all year'),
  (2, 2, 1, 12.5, 9.50, 'all year'),
  (3, 1, 3, 41.0, 22.00, 'all year'),
  (4, 3, 4, 212.0, 89.00, 'all year'),
  (5, 4, 3, 212.0, 89.00, 'all year'),
  (6, 4, 5, 35.5, 18.50, 'all year'),
  (7, 5, 6, 20.0, 14.00, 'summer'),
  (8, 3, 7, 198.0, 95.00, 'summer'),
  (9, 7, 3, 198.0, 95.00, 'summer'),
  (10, 9, 4, 165.0, 79.00, 'all year'),
  (11, 4, 9, 165.0, 79.00, 'all year'),
  (12, 9, 7, 540.0, 149.00, 'summer');

INSERT INTO sailing VALUES
  (1, 1, 4, '2024-05-03', '07:30', 0, 'departed', 0.6),
  (2, 2, 4, '2024-05-03', '10:00', 5, 'departed', 0.7),
  (3, 1, 1, '2024-05-11', '08:15', 12, 'departed', 1.1),
  (4, 3, 2, '2024-05-11', '13:00', 0, 'departed', 1.4),
  (5, 4, 3, '2024-05-18', '18:30', 25, 'departed', 2.3),
  (6, 5, 3, '2024-05-20', '18:30', 0, 'departed', 1.8),
  (7, 6, 3, '2024-05-21', '09:00', 8, 'departed', 1.0),
  (8, 10, 5, '2024-05-25', '16:00', 0, 'departed', 1.2),
  (9, 11, 5, '2024-05-27', '16:00', 45, 'departed', 2.9),
  (10, 8, 6, '2024-06-01', '20:00', 30, 'departed', 2.6),
  (11, 9, 6, '2024-06-03', '20:00', NULL, 'cancelled', 5.4),
  (12, 1, 1, '2024-06-05', '07:30', 0, 'departed', 0.5),
  (13, 2, 1, '2024-06-05', '17:45', 3, 'departed', 0.8),
  (14, 7, 7, '2024-06-08', '11:20', 0, 'departed', 0.9),
  (15, 4, 9, '2024-06-14', '18:30', 18, 'departed', 2.0),
  (16, 12, 5, '2024-06-20', '14:00', 60, 'departed', 3.1),
  (17, 3, 2, '2024-06-22', '13:00', 7, 'departed', 1.5),
  (18, 8, 6, '2024-06-29', '20:00', 0, 'departed', 1.7),
  (19, 6, 7, '2024-07-02', '09:00', NULL, 'cancelled', 4.2),
  (20, 6, 7, '2024-07-03', '09:00', 15, 'departed', 1.9),
  (21, 4, 3, '2024-07-06', '18:30', 95, 'departed', 3.8),
  (22, 1, 2, '2024-07-10', '08:15', 0, 'departed', 0.4),
  (23, 10, 5, '2024-07-15', '16:00', 10, 'departed', 1.3),
  (24, 3, 9, '2024-07-19', '13:00', 20, 'departed', 2.1),
  (25, 5, 3, '2024-07-08', '18:30', 0, 'departed', 1.6);

INSERT INTO booking VALUES
  (1, 1, 'Morag Sinclair', 1, 0, NULL, 9.50, '2024-05-02'),
  (2, 1, 'Ewan Baird', 2, 1, 'bicycle', 26.00, '2024-04-28'),
  (3, 2, 'Morag Sinclair', 1, 0, NULL, 9.50, '2024-05-02'),
  (4, 3, 'Henrik Aasen', 2, 2, 'car', 58.40, '2024-04-19'),
  (5, 4, 'Priya Nair', 2, 0, 'car', 81.00, '2024-05-01'),
  (6, 4, 'Tomasz Wilk', 1, 0, 'motorbike', 37.50, '2024-05-09'),
  (7, 5, 'Solveig Lund', 2, 3, 'camper', 512.75, '2024-02-14'),
  (8, 5, 'Ewan Baird', 1, 0, NULL, 89.00, '2024-05-10'),
  (9, 5, 'Jónas Poulsen', 4, 0, 'van', 498.00, '2024-03-30'),
  (10, 6, 'Solveig Lund', 2, 3, 'camper', 500.25, '2024-02-14'),
  (11, 6, 'Clara Beaumont', 1, 1, NULL, 133.50, '2024-05-15'),
  (12, 7, 'Henrik Aasen', 1, 0, 'bicycle', 23.50, '2024-05-20'),
  (13, 8, 'Mette Krogh', 2, 1, 'car', 264.00, '2024-04-02'),
  (14, 8, 'Anders Dahl', 1, 0, NULL, 79.00, '2024-05-24'),
  (15, 9, 'Mette Krogh', 2, 1, 'car', 264.00, '2024-04-02'),
  (16, 10, 'Jónas Poulsen', 2, 0, 'car', 271.00, '2024-05-05'),
  (17, 10, 'Rúna Djurhuus', 1, 2, NULL, 190.00, '2024-04-22'),
  (18, 11, 'Rúna Djurhuus', 1, 2, NULL, NULL, '2024-04-22'),
  (19, 12, 'Priya Nair', 3, 0, NULL, 28.50, '2024-06-04'),
  (20, 13, 'Priya Nair', 3, 0, NULL, 28.50, '2024-06-04'),
  (21, 14, 'Ingrid Moe', 2, 2, 'bicycle', 52.00, '2024-06-01'),
  (22, 15, 'Clara Beaumont', 2, 0, 'car', 243.20, '2024-05-28'),
  (23, 15, 'Tomasz Wilk', 1, 0, 'motorbike', 119.00, '2024-06-10'),
  (24, 16, 'Anders Dahl', 2, 4, 'camper', 987.60, '2024-01-09'),
  (25, 16, 'Mette Krogh', 1, 0, NULL, 149.00, '2024-06-11'),
  (26, 17, 'Morag Sinclair', 2, 2, 'car', 104.00, '2024-06-15'),
  (27, 18, 'Jónas Poulsen', 1, 0, 'van', 230.00, '2024-06-20'),
  (28, 20, 'Ingrid Moe', 1, 0, NULL, 18.50, '2024-07-02'),
  (29, 21, 'Solveig Lund', 1, 0, NULL, 89.00, '2024-07-01'),
  (30, 21, 'Ewan Baird', 2, 1, 'car', 316.30, '2024-06-06'),
  (31, 21, 'Yusuf Demir', 5, 0, 'van', 575.00, '2024-06-18'),
  (32, 22, 'Yusuf Demir', 1, 0, NULL, 9.50, '2024-07-10'),
  (33, 23, 'Anders Dahl', 2, 0, 'car', 229.00, '2024-06-25'),
  (34, 25, 'Ewan Baird', 2, 1, 'car', 316.30, '2024-06-06');

INSERT INTO crew_member VALUES
  (1, 'Catriona Muir', 1971, 'Scottish', 'captain', 6850.00, '2026-03-31'),
  (2, 'Lars Bjørnstad', 1964, 'Norwegian', 'captain', 7420.00, '2025-01-15'),
  (3, 'Signe Holm', 1980, 'Danish', 'captain', 7150.00, '2027-08-01'),
  (4, 'Bárður Joensen', 1977, 'Faroese', 'captain', 6990.00, '2025-11-20'),
  (5, 'Niall Kerr', 1989, 'Scottish', 'engineer', 4700.00, '2026-06-30'),
  (6, 'Oskar Vik', 1993, 'Norwegian', 'engineer', 4580.00, '2024-12-01'),
  (7, 'Freja Thomsen', 1990, 'Danish', 'engineer', 4825.50, '2028-02-10'),
  (8, 'Isla Drummond', 1999, 'Scottish', 'deckhand', 2950.00, NULL),
  (9, 'Kofi Mensah', 1995, 'Ghanaian', 'deckhand', 3010.00, NULL),
  (10, 'Marit Hauge', 2001, 'Norwegian', 'deckhand', 2890.00, NULL),
  (11, 'Dávur Olsen', 1998, 'Faroese', 'deckhand', 2925.00, NULL),
  (12, 'Beatriz Fonseca', 1985, 'Portuguese', 'steward', 2780.00, NULL),
  (13, 'Hamish Orr', 1968, 'Scottish', 'steward', 3120.00, NULL),
  (14, 'Linnea Strand', 2000, 'Swedish', 'cook', 3240.00, NULL);

INSERT INTO crew_assignment VALUES
  (1, 1, 4.0), (1, 8, 4.0), (2, 1, 3.5), (2, 8, 3.5),
  (3, 1, 5.0), (3, 5, 5.0), (4, 1, 7.5), (4, 9, 7.5),
  (5, 2, 12.0), (5, 6, 11.5), (5, 12, 10.0), (6, 2, 12.0),
  (6, 10, 11.0), (7, 2, 5.5), (8, 3, 10.0), (8, 7, 10.0),
  (9, 3, 10.5), (9, 7, 10.5), (10, 4, 11.0), (10, 11, 11.0),
  (12, 5, 4.5), (12, 1, 4.5), (14, 9, 3.0), (15, 2, 12.5),
  (15, 5, 12.0), (16, 3, 14.0), (16, 7, 13.5), (16, 12, 12.0),
  (17, 1, 7.0), (18, 4, 11.0), (20, 9, 6.0), (21, 2, 14.0),
  (21, 6, 13.0), (21, 10, 13.0), (22, 8, 4.0), (23, 3, 10.0),
  (23, 12, 9.0), (25, 6, 11.5);
