CREATE TABLE huts (
  hut_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  valley TEXT NOT NULL,
  altitude_m INTEGER NOT NULL,
  beds INTEGER NOT NULL,
  opened_year INTEGER,
  has_shower BOOLEAN NOT NULL,
  price_per_night REAL NOT NULL
);

CREATE TABLE wardens (
  warden_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  age INTEGER NOT NULL,
  home_village TEXT NOT NULL,
  hut_id INTEGER,
  since_year INTEGER,
  FOREIGN KEY (hut_id) REFERENCES huts (hut_id)
);

CREATE TABLE trails (
  trail_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  length_km REAL NOT NULL,
  ascent_m INTEGER NOT NULL,
  difficulty TEXT NOT NULL
);

CREATE TABLE hut_trail (
  hut_id INTEGER NOT NULL,
  trail_id INTEGER NOT NULL,
  hours_from_start REAL NOT NULL,
  PRIMARY KEY (hut_id, trail_id),
  FOREIGN KEY (hut_id) REFERENCES huts (hut_id),
  FOREIGN KEY (trail_id) REFERENCES trails (trail_id)
);

CREATE TABLE guests (
  guest_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  birth_year INTEGER,
  club_member BOOLEAN NOT NULL
);

CREATE TABLE stays (
  stay_id INTEGER PRIMARY KEY,
  guest_id INTEGER NOT NULL,
  hut_id INTEGER NOT NULL,
  arrival_date DATE NOT NULL,
  nights INTEGER NOT NULL,
  party_size INTEGER NOT NULL,
  rating INTEGER,
  FOREIGN KEY (guest_id) REFERENCES guests (guest_id),
  FOREIGN KEY (hut_id) REFERENCES huts (hut_id)
);

INSERT INTO huts VALUES
  (1, 'Adlerrast', 'Krummtal', 2140, 48, 1912, 1, 34.50),
  (2, 'Murmelhütte', 'Krummtal', 1860, 30, 1954, 1, 29.00),
  (3, 'Bivacco Zoppo', 'Val Sorda', 2790, 9, 1978, 0, 12.00),
  (4, 'Rifugio Tre Laghi', 'Val Sorda', 2310, 56, 1931, 1, 41.00),
  (5, 'Cabane du Vent', 'Vallon Noir', 2580, 24, NULL, 0, 27.50),
  (6, 'Refuge des Myrtilles', 'Vallon Noir', 1720, 40, 1968, 1, 29.00),
  (7, 'Eiszapfenhaus', 'Krummtal', 2930, 18, 1906, 0, 38.00),
  (8, 'Koča pri Izviru', 'Srebrna dolina', 1540, 22, 1983, 1, 22.00),
  (9, 'Koča Kozorog', 'Srebrna dolina', 2050, 36, 1949, 0, 24.00),
  (10, 'Baita della Nonna', 'Val Sorda', 1480, 12, NULL, 1, 31.00);

INSERT INTO wardens VALUES
  (1, 'Luis Pichler', 58, 'Unterkrumm', 1, 1996),
  (2, 'Annelies Rainer', 34, 'Unterkrumm', 2, 2018),
  (3, 'Ilaria Bottega', 41, 'Sorda di Sopra', 4, 2009),
  (4, 'Paolo Bottega', 44, 'Sorda di Sopra', 4, 2009),
  (5, 'Maëlle Roux', 29, 'Noirmont', 5, 2022),
  (6, 'Étienne Carrel', 63, 'Noirmont', 6, 1989),
  (7, 'Severin Gruber', 37, 'Oberkrumm', 7, 2015),
  (8, 'Nejc Zupan', 31, 'Srebrno', 8, 2020),
  (9, 'Špela Kranjc', 46, 'Srebrno', 9, 2006),
  (10, 'Teresa Moro', 71, 'Sorda di Sotto', 10, 1981),
  (11, 'Jonas Egger', 26, 'Oberkrumm', NULL, NULL),
  (12, 'Tina Hribar', 28, 'Srebrno', 9, 2023);

INSERT INTO trails VALUES
  (1, 'Eagle Ridge Way', 14.2, 1280, 'hard'),
  (2, 'Marmot Path', 6.5, 430, 'easy'),
  (3, 'Three Lakes Loop', 11.8, 760, 'moderate'),
  (4, 'Glacier Ladder', 9.4, 1510, 'hard'),
  (5, 'Bilberry Walk', 4.3, 210, 'easy'),
  (6, 'Wind Traverse', 17.6, 1120, 'hard'),
  (7, 'Ibex Steps', 8.1, 890, 'moderate'),
  (8, 'Spring to Spring', 5.0, 260, 'easy'),
  (9, 'Old Smugglers Track', 21.3, 1390, 'moderate'),
  (10, 'Chapel Round', 3.2, 120, 'easy');

INSERT INTO hut_trail VALUES
  (1, 1, 4.5), (1, 2, 3.0), (1, 9, 6.0),
  (2, 2, 1.5), (2, 1, 2.5),
  (3, 3, 5.5), (3, 6, 7.5),
  (4, 3, 3.0), (4, 9, 8.5), (4, 6, 5.0),
  (5, 6, 4.0),
  (6, 5, 1.0), (6, 6, 2.0), (6, 9, 4.0),
  (7, 4, 5.0), (7, 1, 7.0),
  (8, 8, 1.5), (8, 7, 1.0),
  (9, 7, 3.5);

INSERT INTO guests VALUES
  (1, 'Hannah Vogt', 'Germany', 1991, 1),
  (2, 'Piotr Zieliński', 'Poland', 1984, 0),
  (3, 'Chiara Fontana', 'Italy', 1997, 1),
  (4, 'Sander de Wit', 'Netherlands', 1979, 0),
  (5, 'Lucie Moreau', 'France', 2001, 1),
  (6, 'Klemen Bizjak', 'Slovenia', 1988, 1),
  (7, 'Rosalind Park', 'United Kingdom', NULL, 0),
  (8, 'Jürgen Halle', 'Germany', 1956, 1),
  (9, 'Davide Serra', 'Italy', 1970, 0),
  (10, 'Mika Lahti', 'Finland', 1993, 0),
  (11, 'Eva Lindqvist', 'Sweden', 1962, 1),
  (12, 'Theo Baum', 'Germany', 2004, 0),
  (13, 'Inês Duarte', 'Portugal', NULL, 1),
  (14, 'Marco Fontana', 'Italy', 1999, 1);

INSERT INTO stays VALUES
  (1, 1, 1, '2023-06-24', 2, 2, 5),
  (2, 8, 7, '2023-07-01', 1, 3, 4),
  (3, 3, 4, '2023-07-08', 3, 2, 5),
  (4, 9, 4, '2023-07-08', 2, 5, 3),
  (5, 2, 6, '2023-07-15', 4, 4, 4),
  (6, 5, 5, '2023-07-20', 1, 1, NULL),
  (7, 6, 9, '2023-07-29', 2, 6, 4),
  (8, 11, 2, '2023-08-03', 5, 2, 5),
  (9, 4, 6, '2023-08-10', 7, 4, 3),
  (10, 1, 7, '2023-08-12', 1, 2, 5),
  (11, 7, 1, '2023-08-19', 2, 1, 4),
  (12, 3, 3, '2023-08-26', 1, 2, NULL),
  (13, 8, 2, '2023-09-02', 3, 3, 3),
  (14, 10, 4, '2023-09-09', 2, 2, 4),
  (15, 6, 8, '2024-06-15', 1, 8, 5),
  (16, 12, 1, '2024-06-22', 1, 4, 2),
  (17, 3, 4, '2024-07-06', 4, 3, 5),
  (18, 1, 4, '2024-07-13', 2, 2, 4),
  (19, 5, 6, '2024-07-13', 3, 5, 5),
  (20, 8, 1, '2024-07-20', 6, 1, 4),
  (21, 9, 3, '2024-07-27', 1, 2, 2),
  (22, 2, 9, '2024-08-02', 2, 4, 3),
  (23, 11, 5, '2024-08-09', 2, 2, 4),
  (24, 7, 4, '2024-08-17', 1, 1, NULL),
  (25, 14, 2, '2024-08-24', 2, 7, 4),
  (26, 6, 9, '2024-09-07', 3, 2, 5),
  (27, 1, 2, '2024-09-14', 1, 3, 5),
  (28, 12, 6, '2024-09-21', 2, 2, NULL);
