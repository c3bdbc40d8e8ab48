CREATE TABLE farms (
  farm_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  region TEXT NOT NULL,
  altitude_m INTEGER NOT NULL,
  owner TEXT NOT NULL,
  founded_year INTEGER
);

CREATE TABLE beans (
  bean_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  farm_id INTEGER NOT NULL,
  variety TEXT NOT NULL,
  process TEXT NOT NULL,
  organic BOOLEAN NOT NULL,
  price_per_kg REAL NOT NULL,
  stock_kg REAL,
  FOREIGN KEY (farm_id) REFERENCES farms (farm_id)
);

CREATE TABLE roasts (
  roast_id INTEGER PRIMARY KEY,
  bean_id INTEGER NOT NULL,
  roast_date DATE NOT NULL,
  level TEXT NOT NULL,
  weight_kg REAL NOT NULL,
  roaster TEXT NOT NULL,
  cupping_score REAL,
  FOREIGN KEY (bean_id) REFERENCES beans (bean_id)
);

CREATE TABLE customers (
  customer_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT NOT NULL,
  kind TEXT NOT NULL,
  joined_on DATE NOT NULL,
  email TEXT
);

CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  order_date DATE NOT NULL,
  status TEXT NOT NULL,
  shipping_cost REAL,
  FOREIGN KEY (customer_id) REFERENCES customers (customer_id)
);

CREATE TABLE order_items (
  order_id INTEGER NOT NULL,
  bean_id INTEGER NOT NULL,
  bags INTEGER NOT NULL,
  price_per_bag REAL NOT NULL,
  PRIMARY KEY (order_id, bean_id),
  FOREIGN KEY (order_id) REFERENCES orders (order_id),
  FOREIGN KEY (bean_id) REFERENCES beans (bean_id)
);

INSERT INTO farms VALUES
  (1, 'Finca Cielo Bajo', 'Colombia', 'Huila', 1750, 'Marta Ospina', 1974),
  (2, 'Alto del Viento', 'Colombia', 'Nariño', 2050, 'José Peñaranda', 1988),
  (3, 'Kedir Garden', 'Ethiopia', 'Sidama', 1980, 'Abebe Tadesse', NULL),
  (4, 'Moonspring', 'Ethiopia', 'Guji', 2100, 'Hanna Bekele', 2009),
  (5, 'Nyota Estate', 'Kenya', 'Nyeri', 1820, 'Grace Wanjiku', 1961),
  (6, 'Kivu Mist', 'Rwanda', 'Nyamasheke', 1700, 'Claudine Uwera', 2004),
  (7, 'Fazenda Pedra Clara', 'Brazil', 'Minas Gerais', 1100, 'Luiz Antunes', 1932),
  (8, 'Sítio Boa Sombra', 'Brazil', 'Bahia', 950, 'Irene Couto', 1996),
  (9, 'Finca Niebla Azul', 'Guatemala', 'Antigua', 1600, 'Rosa Xicará', 1958),
  (10, 'Los Tres Quetzales', 'Guatemala', 'Huehuetenango', 1850, 'Tomás Chávez', NULL),
  (11, 'Gayo Terrace', 'Indonesia', 'Aceh', 1450, 'Siti Rahmah', 2011),
  (12, 'Cerro Dormido', 'Costa Rica', 'Tarrazú', 1700, 'Elena Brenes', 1983);

INSERT INTO beans VALUES
  (1, 'Swallow Song', 1, 'Caturra', 'washed', 1, 9.80, 120.0),
  (2, 'Evening Porch', 1, 'Castillo', 'honey', 0, 8.40, 85.5),
  (3, 'High Wind', 2, 'Caturra', 'washed', 0, 10.20, 60.0),
  (4, 'Garden Gate', 3, 'Heirloom', 'natural', 1, 12.50, 42.0),
  (5, 'First Rain', 3, 'Heirloom', 'washed', 1, 11.90, 75.0),
  (6, 'Moonspring Natural', 4, 'Heirloom', 'natural', 1, 14.60, 18.5),
  (7, 'Red Star', 5, 'SL28', 'washed', 0, 13.75, 50.0),
  (8, 'Red Star Peaberry', 5, 'SL28', 'washed', 0, 16.20, 12.0),
  (9, 'Lake Morning', 6, 'Bourbon', 'washed', 1, 10.90, 64.0),
  (10, 'Clear Stone', 7, 'Mundo Novo', 'natural', 0, 6.10, 310.0),
  (11, 'Old Orchard', 7, 'Yellow Bourbon', 'honey', 0, 6.75, 240.0),
  (12, 'Blue Fog', 9, 'Bourbon', 'washed', 0, 9.40, 90.0),
  (13, 'Volcano Steps', 9, 'Pacamara', 'natural', 0, 15.30, NULL),
  (14, 'Quetzal Feather', 10, 'Typica', 'washed', 1, 10.60, 55.0),
  (15, 'Night Ferry', 11, 'Tim Tim', 'wet-hulled', 1, 8.90, 130.0),
  (16, 'Slow Sunday', 2, 'Castillo', 'washed', 0, 8.95, NULL);

INSERT INTO roasts VALUES
  (1, 1, '2024-01-08', 'medium', 15.0, 'Ilse', 84.5),
  (2, 10, '2024-01-08', 'dark', 24.0, 'Ilse', 80.0),
  (3, 4, '2024-01-10', 'light', 8.0, 'Mateo', 88.25),
  (4, 7, '2024-01-15', 'light', 10.0, 'Yūki', 87.0),
  (5, 12, '2024-01-17', 'medium', 12.5, 'Ilse', 83.75),
  (6, 15, '2024-01-22', 'dark', 15.0, 'Mateo', 81.5),
  (7, 9, '2024-01-29', 'medium', 10.0, 'Yūki', 85.0),
  (8, 11, '2024-02-02', 'medium', 20.0, 'Ilse', 82.0),
  (9, 6, '2024-02-05', 'light', 5.0, 'Yūki', 90.5),
  (10, 1, '2024-02-12', 'medium', 15.0, 'Mateo', 85.25),
  (11, 3, '2024-02-12', 'light', 10.0, 'Mateo', NULL),
  (12, 14, '2024-02-19', 'medium', 12.0, 'Ilse', 84.0),
  (13, 10, '2024-02-26', 'dark', 24.0, 'Ilse', 79.5),
  (14, 5, '2024-03-04', 'light', 9.0, 'Yūki', 87.75),
  (15, 8, '2024-03-04', 'light', 4.0, 'Yūki', 91.25),
  (16, 2, '2024-03-11', 'medium', 12.0, 'Mateo', 82.5),
  (17, 12, '2024-03-18', 'dark', 14.0, 'Ilse', 81.0),
  (18, 15, '2024-03-25', 'dark', 18.0, 'Mateo', NULL),
  (19, 1, '2024-04-02', 'light', 8.0, 'Yūki', 86.0),
  (20, 4, '2024-04-08', 'light', 6.5, 'Yūki', 89.0),
  (21, 10, '2024-04-15', 'medium', 30.0, 'Ilse', 81.25),
  (22, 7, '2024-04-22', 'light', 10.0, 'Mateo', 85.5),
  (23, 9, '2024-05-06', 'light', 8.0, 'Yūki', 86.5),
  (24, 11, '2024-05-13', 'dark', 22.0, 'Ilse', NULL),
  (25, 3, '2024-05-20', 'medium', 11.0, 'Yūki', 84.75),
  (26, 6, '2024-05-27', 'light', 4.5, 'Yūki', 90.0);

INSERT INTO customers VALUES
  (1, 'Café Lumière', 'Lyon', 'cafe', '2021-03-14', 'bonjour@lumiere.example'),
  (2, 'The Paper Crane', 'Dublin', 'cafe', '2020-09-01', 'hello@papercrane.example'),
  (3, 'Marek Dvořák', 'Brno', 'home', '2023-01-22', NULL),
  (4, 'Northlight Studio', 'Dublin', 'office', '2022-05-30', 'team@northlight.example'),
  (5, 'Ana Beltrán', 'Valencia', 'home', '2022-11-03', 'ana.b@post.example'),
  (6, 'Kaffebaren Ugla', 'Bergen', 'cafe', '2019-06-18', 'hei@ugla.example'),
  (7, 'Greta Holm', 'Bergen', 'home', '2024-02-09', NULL),
  (8, 'Fernweh Books', 'Leipzig', 'cafe', '2022-02-17', 'laden@fernweh.example'),
  (9, 'Oisín Byrne', 'Dublin', 'home', '2024-01-15', 'oisin@post.example'),
  (10, 'Harbour Law', 'Cork', 'office', '2021-10-11', 'frontdesk@harbourlaw.example'),
  (11, 'Sunday Bakery', 'Lyon', 'cafe', '2023-08-05', NULL),
  (12, 'Noor Haddad', 'Leipzig', 'home', '2024-05-27', 'noor@post.example'),
  (13, 'Kiosko Mar', 'Valencia', 'cafe', '2024-03-30', NULL);

INSERT INTO orders VALUES
  (1, 6, '2024-01-12', 'delivered', 14.50),
  (2, 1, '2024-01-16', 'delivered', 9.90),
  (3, 2, '2024-01-20', 'delivered', 0.00),
  (4, 3, '2024-01-25', 'delivered', 6.20),
  (5, 9, '2024-02-01', 'delivered', NULL),
  (6, 8, '2024-02-06', 'delivered', 8.40),
  (7, 6, '2024-02-14', 'delivered', 14.50),
  (8, 7, '2024-02-15', 'cancelled', 12.00),
  (9, 4, '2024-02-20', 'delivered', NULL),
  (10, 2, '2024-02-28', 'delivered', 0.00),
  (11, 1, '2024-03-05', 'delivered', 9.90),
  (12, 5, '2024-03-09', 'delivered', 7.80),
  (13, 10, '2024-03-14', 'delivered', 5.50),
  (14, 6, '2024-03-19', 'delivered', 16.00),
  (15, 11, '2024-03-27', 'cancelled', 9.90),
  (16, 2, '2024-04-03', 'delivered', 0.00),
  (17, 8, '2024-04-11', 'shipped', 8.40),
  (18, 3, '2024-04-18', 'delivered', 6.20),
  (19, 6, '2024-05-02', 'shipped', 14.50),
  (20, 1, '2024-05-08', 'shipped', 9.90),
  (21, 2, '2024-05-16', 'open', 0.00),
  (22, 11, '2024-05-21', 'open', 9.90),
  (23, 10, '2024-05-28', 'open', NULL),
  (24, 2, '2024-05-30', 'open', 0.00);

INSERT INTO order_items VALUES
  (1, 10, 20, 7.50), (1, 1, 10, 11.00), (1, 7, 4, 15.50),
  (2, 12, 12, 10.50), (2, 4, 6, 14.00),
  (3, 10, 16, 7.50), (3, 15, 8, 10.00),
  (4, 4, 1, 14.50),
  (5, 1, 2, 11.50),
  (6, 9, 6, 12.00), (6, 12, 5, 10.50),
  (7, 10, 24, 7.50), (7, 6, 3, 17.00), (7, 11, 10, 8.00),
  (8, 6, 1, 17.50),
  (9, 15, 6, 10.00), (9, 1, 4, 11.00),
  (10, 10, 18, 7.50), (10, 14, 6, 12.00),
  (11, 5, 8, 13.50), (11, 12, 10, 10.50),
  (12, 2, 2, 9.50),
  (13, 11, 8, 8.00), (13, 12, 4, 10.50),
  (14, 10, 20, 7.50), (14, 8, 2, 19.00),
  (15, 9, 5, 12.00),
  (16, 15, 9, 10.00), (16, 1, 9, 11.00),
  (17, 4, 4, 14.00), (17, 9, 7, 12.00),
  (18, 7, 1, 16.00), (18, 6, 1, 17.50),
  (19, 10, 22, 7.25), (19, 3, 6, 12.00),
  (20, 5, 7, 13.50),
  (21, 10, 15, 7.25), (21, 1, 11, 11.00),
  (22, 2, 6, 9.00), (22, 14, 5, 12.00),
  (23, 11, 9, 8.00),
  (24, 10, 12, 7.25), (24, 15, 5, 10.00);
