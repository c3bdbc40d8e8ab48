CREATE TABLE volunteers (
  volunteer_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  skill TEXT NOT NULL,
  age INTEGER,
  joined_on DATE NOT NULL
);

CREATE TABLE visitors (
  visitor_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  neighbourhood TEXT NOT NULL,
  phone TEXT,
  newsletter BOOLEAN NOT NULL
);

CREATE TABLE devices (
  device_id INTEGER PRIMARY KEY,
  visitor_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  brand TEXT,
  bought_year INTEGER,
  weight_kg REAL NOT NULL,
  FOREIGN KEY (visitor_id) REFERENCES visitors (visitor_id)
);

CREATE TABLE sessions (
  session_id INTEGER PRIMARY KEY,
  session_date DATE NOT NULL,
  venue TEXT NOT NULL,
  tables_set INTEGER NOT NULL,
  donations REAL
);

CREATE TABLE helpers (
  session_id INTEGER NOT NULL,
  volunteer_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  hours REAL NOT NULL,
  PRIMARY KEY (session_id, volunteer_id),
  FOREIGN KEY (session_id) REFERENCES sessions (session_id),
  FOREIGN KEY (volunteer_id) REFERENCES volunteers (volunteer_id)
);

CREATE TABLE repairs (
  session_id INTEGER NOT NULL,
  device_id INTEGER NOT NULL,
  volunteer_id INTEGER NOT NULL,
  fault TEXT NOT NULL,
  minutes INTEGER NOT NULL,
  parts_cost REAL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (session_id, device_id),
  FOREIGN KEY (session_id) REFERENCES sessions (session_id),
  FOREIGN KEY (device_id) REFERENCES devices (device_id),
  FOREIGN KEY (volunteer_id) REFERENCES volunteers (volunteer_id)
);

INSERT INTO volunteers VALUES
  (1, 'Gerda Willems', 'electronics', 67, '2018-02-03'),
  (2, 'Amir Tavakoli', 'electronics', 41, '2019-09-14'),
  (3, 'Joke Baert', 'sewing', 72, '2018-02-03'),
  (4, 'Sébastien Nys', 'bicycles', 35, '2021-04-10'),
  (5, 'Lotte Maes', 'bicycles', 28, '2022-06-11'),
  (6, 'Hugo Peeters', 'woodwork', 59, '2020-01-18'),
  (7, 'Fatou Diallo', 'sewing', 46, '2021-10-09'),
  (8, 'Wim De Clercq', 'electronics', NULL, '2023-03-11'),
  (9, 'Zofia Nowak', 'computers', 31, '2022-09-10'),
  (10, 'Bart Lemmens', 'woodwork', 64, '2024-02-10');

INSERT INTO visitors VALUES
  (1, 'Els Claes', 'Molenwijk', '0470 11 20 31', 1),
  (2, 'Mohammed Azzouz', 'Stationskwartier', '0470 11 20 48', 0),
  (3, 'Inge Peeters', 'Molenwijk', NULL, 1),
  (4, 'Ravi Menon', 'Kanaalzone', '0470 11 20 77', 1),
  (5, 'Dirk Vos', 'Oude Haven', NULL, 0),
  (6, 'Chloé Martens', 'Kanaalzone', '0470 11 21 05', 1),
  (7, 'Agnieszka Król', 'Stationskwartier', '0470 11 21 19', 0),
  (8, 'Jef Smets', 'Molenwijk', NULL, 0),
  (9, 'Yasmine Toumi', 'Oude Haven', '0470 11 21 42', 1),
  (10, 'Koen Aerts', 'Stationskwartier', '0470 11 21 60', 1),
  (11, 'Mieke Van Loo', 'Molenwijk', '0470 11 21 83', 1),
  (12, 'Paulo Teixeira', 'Parkbuurt', NULL, 0);

INSERT INTO devices VALUES
  (1, 1, 'toaster', 'Brunta', 2012, 1.8),
  (2, 1, 'lamp', NULL, 1974, 2.4),
  (3, 2, 'bicycle', 'Velora', 2015, 14.5),
  (4, 3, 'coffee machine', 'Brunta', 2019, 4.2),
  (5, 4, 'laptop', 'Nexar', 2016, 2.1),
  (6, 4, 'radio', 'Tonfunk', 1968, 5.6),
  (7, 5, 'chair', NULL, NULL, 6.0),
  (8, 6, 'winter coat', 'Sneeuwvos', 2018, 1.2),
  (9, 6, 'vacuum cleaner', 'Zuigra', 2014, 5.9),
  (10, 7, 'bicycle', 'Velora', 2020, 13.2),
  (11, 8, 'radio', 'Tonfunk', 1981, 3.3),
  (12, 9, 'sewing machine', 'Naaldia', 1996, 9.7),
  (13, 9, 'laptop', 'Nexar', 2018, 1.7),
  (14, 10, 'kettle', 'Brunta', 2021, 1.1),
  (15, 10, 'bicycle', 'Kasseiros', 2009, 12.8),
  (16, 11, 'vacuum cleaner', 'Zuigra', 2017, 6.3),
  (17, 11, 'backpack', NULL, 2020, 0.9),
  (18, 3, 'lamp', 'Lumka', 2005, 1.6),
  (19, 9, 'kettle', 'Zuigra', NULL, 1.3),
  (20, 2, 'toaster', 'Brunta', 2017, 2.0);

INSERT INTO sessions VALUES
  (1, '2024-01-13', 'Library', 5, 62.50),
  (2, '2024-02-10', 'Community Hall', 8, 118.00),
  (3, '2024-03-09', 'Library', 5, 74.50),
  (4, '2024-04-13', 'Old Tram Depot', 10, 143.50),
  (5, '2024-05-11', 'Community Hall', 7, 96.00),
  (6, '2024-06-08', 'Old Tram Depot', 10, NULL),
  (7, '2024-09-14', 'Library', 6, 81.50),
  (8, '2024-10-12', 'Community Hall', 8, 105.25);

INSERT INTO helpers VALUES
  (1, 1, 'repairer', 3.0), (1, 3, 'repairer', 3.0), (1, 6, 'host', 3.5),
  (2, 1, 'repairer', 4.0), (2, 2, 'repairer', 4.0), (2, 4, 'repairer', 3.0), (2, 10, 'host', 4.0),
  (3, 2, 'repairer', 2.5), (3, 9, 'repairer', 3.0), (3, 3, 'host', 3.0),
  (4, 1, 'repairer', 4.0), (4, 5, 'repairer', 4.0), (4, 7, 'repairer', 3.5), (4, 6, 'repairer', 4.0),
  (4, 10, 'host', 4.5),
  (5, 2, 'repairer', 4.0), (5, 4, 'repairer', 3.5), (5, 7, 'host', 4.0),
  (6, 1, 'repairer', 4.0), (6, 9, 'repairer', 2.0), (6, 5, 'host', 4.0),
  (7, 2, 'repairer', 3.0), (7, 6, 'repairer', 3.0), (7, 3, 'repairer', 2.0),
  (8, 1, 'repairer', 4.0), (8, 9, 'repairer', 4.0), (8, 4, 'host', 4.0);

INSERT INTO repairs VALUES
  (1, 1, 1, 'lever stuck', 25, 0.00, 'fixed'),
  (1, 2, 1, 'broken switch', 20, 2.50, 'fixed'),
  (1, 8, 3, 'zip torn', 45, 4.00, 'fixed'),
  (2, 3, 4, 'worn brakes', 35, 12.00, 'fixed'),
  (2, 4, 2, 'leaking pump', 70, 9.80, 'partly fixed'),
  (2, 6, 1, 'no sound', 90, 6.40, 'fixed'),
  (2, 20, 2, 'burnt element', 30, NULL, 'not fixed'),
  (3, 5, 9, 'dead battery', 40, 38.00, 'fixed'),
  (3, 9, 2, 'no suction', 50, 3.20, 'fixed'),
  (4, 7, 6, 'wobbly leg', 55, 1.50, 'fixed'),
  (4, 10, 5, 'bent wheel', 60, 22.50, 'partly fixed'),
  (4, 11, 1, 'no sound', 80, 7.10, 'not fixed'),
  (4, 12, 7, 'broken belt', 65, 5.60, 'fixed'),
  (5, 14, 2, 'will not switch off', 15, 0.00, 'fixed'),
  (5, 15, 4, 'slipping chain', 30, 14.90, 'fixed'),
  (5, 4, 2, 'leaking pump', 55, 11.20, 'fixed'),
  (6, 13, 9, 'cracked screen', 95, NULL, 'not fixed'),
  (6, 11, 1, 'no sound', 75, 4.30, 'fixed'),
  (7, 16, 2, 'broken switch', 40, 2.80, 'fixed'),
  (7, 17, 3, 'torn strap', 35, 0.80, 'fixed'),
  (7, 18, 6, 'loose base', 20, 0.00, 'fixed'),
  (8, 9, 1, 'no suction', 60, 8.00, 'fixed'),
  (8, 13, 9, 'cracked screen', 85, 52.00, 'fixed');
