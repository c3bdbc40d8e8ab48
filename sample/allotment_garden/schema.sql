-- allotment_garden: an association that lets small plots to its gardeners.
PRAGMA foreign_keys = ON;

CREATE TABLE gardener (
  gardener_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  street TEXT,
  phone TEXT,
  birth_year INTEGER,
  joined_on TEXT
);

CREATE TABLE plot (
  plot_number INTEGER PRIMARY KEY,
  section TEXT,
  area_sqm REAL,
  soil TEXT,
  has_shed TEXT,
  yearly_rent REAL
);

CREATE TABLE tenancy (
  plot_number INTEGER NOT NULL,
  gardener_id INTEGER NOT NULL,
  start_year INTEGER NOT NULL,
  end_year INTEGER,
  PRIMARY KEY (plot_number, gardener_id),
  FOREIGN KEY (plot_number) REFERENCES plot(plot_number),
  FOREIGN KEY (gardener_id) REFERENCES gardener(gardener_id)
);

CREATE TABLE crop (
  crop_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  family TEXT,
  days_to_harvest INTEGER,
  is_perennial TEXT
);

CREATE TABLE harvest (
  harvest_id INTEGER PRIMARY KEY,
  plot_number INTEGER NOT NULL,
  crop_id INTEGER NOT NULL,
  picked_on TEXT,
  weight_kg REAL,
  quality INTEGER,
  FOREIGN KEY (plot_number) REFERENCES plot(plot_number),
  FOREIGN KEY (crop_id) REFERENCES crop(crop_id)
);

CREATE TABLE fee (
  fee_id INTEGER PRIMARY KEY,
  gardener_id INTEGER NOT NULL,
  purpose TEXT,
  amount REAL,
  due_on TEXT,
  status TEXT,
  FOREIGN KEY (gardener_id) REFERENCES gardener(gardener_id)
);

INSERT INTO gardener VALUES
  (1, 'Winifred Ames', 'Cooper Lane', '0171 5540', 1948, '1989-03-12'),
  (2, 'Dragan Petrović', 'Mill Road', '0171 8812', 1962, '2001-04-02'),
  (3, 'Adaeze Nwosu', 'Mill Road', NULL, 1985, '2017-02-20'),
  (4, 'Jürgen Pohl', 'Canal Street', '0171 3309', 1957, '1998-05-18'),
  (5, 'Linh Tran', 'Station Street', '0171 7725', 1979, '2012-03-30'),
  (6, 'Oonagh Farrell', 'Cooper Lane', '0171 2046', 1970, '2009-08-15'),
  (7, 'Stefan Ilić', 'Canal Street', NULL, 1991, '2020-06-01'),
  (8, 'Marguerite Duval', 'Rose Hill', '0171 9184', 1953, '1995-09-07'),
  (9, 'Samir Khoury', 'Mill Road', '0171 6650', 1988, '2019-03-03'),
  (10, 'Beth Lockwood', 'Station Street', '0171 1299', 1996, '2023-02-11'),
  (11, 'Théo Marchetti', 'Rose Hill', NULL, 2000, '2024-01-27'),
  (12, 'Ruth Abelson', 'Canal Street', '0171 4471', 1944, '1982-05-05');

INSERT INTO plot VALUES
  (11, 'North', 120.0, 'loam', 'yes', 84.00),
  (12, 'North', 120.0, 'loam', 'no', 72.00),
  (13, 'North', 95.5, 'clay', 'yes', 66.50),
  (14, 'North', 150.0, 'clay', 'yes', 98.00),
  (21, 'East', 80.0, 'sandy', 'no', 45.00),
  (22, 'East', 80.0, 'sandy', 'no', 45.00),
  (23, 'East', 110.0, 'loam', 'yes', 78.00),
  (31, 'Riverside', 210.0, 'loam', 'yes', 140.00),
  (32, 'Riverside', 175.0, 'silt', 'yes', 118.50),
  (33, 'Riverside', 160.0, 'silt', 'no', 101.00),
  (34, 'Riverside', 60.0, 'silt', 'no', 32.00),
  (41, 'Hilltop', 130.0, 'chalk', 'no', 58.00);

INSERT INTO tenancy VALUES
  (11, 1, 1989, NULL), (12, 2, 2001, NULL), (13, 12, 1982, 2016),
  (13, 3, 2017, NULL), (14, 4, 1998, NULL), (21, 5, 2012, 2018),
  (21, 7, 2020, NULL), (22, 9, 2019, NULL), (23, 6, 2009, NULL),
  (31, 8, 1995, NULL), (32, 12, 2016, NULL), (32, 4, 2003, 2015),
  (33, 5, 2018, NULL), (34, 2, 2010, NULL), (34, 8, 2004, 2009),
  (22, 10, 2023, NULL);

INSERT INTO crop VALUES
  (1, 'potato', 'nightshade', 110, 'no'),
  (2, 'tomato', 'nightshade', 85, 'no'),
  (3, 'runner bean', 'legume', 75, 'no'),
  (4, 'pea', 'legume', 65, 'no'),
  (5, 'courgette', 'gourd', 55, 'no'),
  (6, 'pumpkin', 'gourd', 115, 'no'),
  (7, 'kale', 'cabbage', 60, 'no'),
  (8, 'radish', 'cabbage', 28, 'no'),
  (9, 'rhubarb', 'knotweed', NULL, 'yes'),
  (10, 'raspberry', 'rose', NULL, 'yes'),
  (11, 'leek', 'onion', 130, 'no'),
  (12, 'garlic', 'onion', 240, 'no'),
  (13, 'asparagus', 'asparagus', NULL, 'yes'),
  (14, 'celeriac', 'carrot', 180, 'no');

INSERT INTO harvest VALUES
  (1, 11, 1, '2023-08-19', 42.5, 4),
  (2, 11, 3, '2023-07-30', 6.2, 5),
  (3, 11, 9, '2023-05-06', 3.8, 5),
  (4, 12, 1, '2023-08-27', 38.0, 3),
  (5, 12, 2, '2023-08-12', 11.4, 4),
  (6, 13, 7, '2023-10-21', 5.5, 3),
  (7, 13, 5, '2023-07-15', 9.1, 4),
  (8, 14, 6, '2023-10-08', 57.3, 5),
  (9, 14, 1, '2023-09-02', 61.0, 4),
  (10, 21, 8, '2023-05-20', 1.2, 2),
  (11, 21, 4, '2023-06-25', 2.4, 3),
  (12, 22, 2, '2023-08-05', 7.9, 5),
  (13, 23, 10, '2023-07-09', 4.6, 5),
  (14, 23, 5, '2023-07-22', 12.7, 4),
  (15, 31, 1, '2023-08-31', 75.2, 5),
  (16, 31, 6, '2023-10-14', 48.9, 4),
  (17, 31, 11, '2023-11-11', 14.0, 4),
  (18, 31, 9, '2023-05-13', 6.6, 4),
  (19, 32, 12, '2023-07-18', 3.3, 5),
  (20, 32, 7, '2023-11-04', 8.0, 4),
  (21, 33, 3, '2023-08-06', 10.8, 5),
  (22, 33, 2, '2023-08-20', 15.5, 4),
  (23, 34, 8, '2023-06-03', 0.9, 3),
  (24, 11, 1, '2024-08-17', 36.1, 3),
  (25, 12, 2, '2024-08-24', 9.0, 3),
  (26, 14, 6, '2024-10-12', 63.8, 5),
  (27, 31, 10, '2024-07-13', 5.1, 4),
  (28, 33, 5, '2024-07-27', 16.2, 5),
  (29, 22, 8, '2024-05-18', 1.5, 4),
  (30, 23, 3, '2024-08-03', 7.4, NULL),
  (31, 32, 12, '2024-07-20', 4.0, 4),
  (32, 13, 4, '2024-06-29', 3.1, 2);

INSERT INTO fee VALUES
  (1, 1, 'rent', 84.00, '2024-01-31', 'paid'),
  (2, 2, 'rent', 104.00, '2024-01-31', 'paid'),
  (3, 3, 'rent', 66.50, '2024-01-31', 'overdue'),
  (4, 4, 'rent', 98.00, '2024-01-31', 'paid'),
  (5, 5, 'rent', 101.00, '2024-01-31', 'paid'),
  (6, 6, 'rent', 78.00, '2024-01-31', 'paid'),
  (7, 7, 'rent', 45.00, '2024-01-31', 'overdue'),
  (8, 8, 'rent', 140.00, '2024-01-31', 'paid'),
  (9, 9, 'rent', 22.50, '2024-01-31', 'paid'),
  (10, 10, 'rent', 22.50, '2024-01-31', 'waived'),
  (11, 12, 'rent', 118.50, '2024-01-31', 'paid'),
  (12, 1, 'water', 12.40, '2024-09-30', 'paid'),
  (13, 2, 'water', 15.10, '2024-09-30', 'overdue'),
  (14, 3, 'water', 9.80, '2024-09-30', 'overdue'),
  (15, 5, 'water', 17.25, '2024-09-30', 'paid'),
  (16, 6, 'water', 11.00, '2024-09-30', 'waived'),
  (17, 8, 'water', 24.90, '2024-09-30', 'paid'),
  (18, 4, 'key deposit', 20.00, '2024-03-15', 'paid'),
  (19, 10, 'key deposit', 20.00, '2023-02-28', 'paid'),
  (20, 7, 'missed work day', 30.00, '2024-06-10', 'overdue'),
  (21, 12, 'missed work day', 30.00, '2024-06-10', 'waived'),
  (22, 3, 'missed work day', 30.00, '2024-06-10', 'paid');
