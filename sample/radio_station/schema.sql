CREATE TABLE hosts (
  host_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  home_town TEXT NOT NULL,
  age INTEGER NOT NULL,
  joined_year INTEGER NOT NULL,
  hourly_pay REAL
);

CREATE TABLE shows (
  show_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  genre TEXT NOT NULL,
  host_id INTEGER NOT NULL,
  weekday TEXT NOT NULL,
  start_time TIME NOT NULL,
  length_minutes INTEGER NOT NULL,
  FOREIGN KEY (host_id) REFERENCES hosts (host_id)
);

CREATE TABLE episodes (
  episode_id INTEGER PRIMARY KEY,
  show_id INTEGER NOT NULL,
  title TEXT,
  air_date DATE NOT NULL,
  listeners INTEGER NOT NULL,
  FOREIGN KEY (show_id) REFERENCES shows (show_id)
);

CREATE TABLE artists (
  artist_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  formed_year INTEGER
);

CREATE TABLE songs (
  song_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  artist_id INTEGER NOT NULL,
  seconds INTEGER NOT NULL,
  release_year INTEGER NOT NULL,
  language TEXT,
  FOREIGN KEY (artist_id) REFERENCES artists (artist_id)
);

CREATE TABLE plays (
  episode_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  song_id INTEGER NOT NULL,
  requested BOOLEAN NOT NULL,
  PRIMARY KEY (episode_id, position),
  FOREIGN KEY (episode_id) REFERENCES episodes (episode_id),
  FOREIGN KEY (song_id) REFERENCES songs (song_id)
);

INSERT INTO hosts VALUES
  (1, 'Nadia Rezk', 'Port Marlow', 38, 2011, 32.50),
  (2, 'Bram Oosting', 'Saltby', 52, 1998, 41.00),
  (3, 'Céline Aubert', 'Port Marlow', 29, 2020, 24.00),
  (4, 'Tobias Finch', 'Dunmere', 45, 2006, 36.75),
  (5, 'Wanjiru Okello', 'Port Marlow', 33, 2016, 29.00),
  (6, 'Pelle Strand', 'Saltby', 61, 1998, NULL),
  (7, 'Imogen Vale', 'Harrow Quay', 24, 2023, 21.50),
  (8, 'Rafael Quintão', 'Dunmere', 41, 2016, NULL);

INSERT INTO shows VALUES
  (1, 'Toast and Tides', 'morning', 1, 'Monday', '06:30', 150),
  (2, 'The Blue Cellar', 'jazz', 2, 'Friday', '21:00', 120),
  (3, 'Petite Nuit', 'pop', 3, 'Saturday', '23:00', 60),
  (4, 'Loud Hour', 'rock', 4, 'Wednesday', '20:00', 60),
  (5, 'Crossing Lines', 'world', 5, 'Sunday', '17:00', 90),
  (6, 'Slow Strings', 'classical', 6, 'Sunday', '10:00', 120),
  (7, 'Bedroom Tapes', 'pop', 7, 'Thursday', '19:00', 60),
  (8, 'Second Coffee', 'morning', 1, 'Saturday', '09:00', 180),
  (9, 'Brass and Bones', 'jazz', 4, 'Tuesday', '22:00', 75);

INSERT INTO episodes VALUES
  (1, 1, 'First light', '2024-09-02', 4100),
  (2, 2, 'Rooms with low ceilings', '2024-09-06', 1850),
  (3, 3, 'Paper lanterns', '2024-09-07', 960),
  (4, 4, 'Feedback', '2024-09-04', 2200),
  (5, 5, 'Harbours', '2024-09-08', 1430),
  (6, 6, 'Autumn quartets', '2024-09-08', 780),
  (7, 7, 'Demo night', '2024-09-05', 1120),
  (8, 1, 'Back to school', '2024-09-09', 4650),
  (9, 2, 'Left hand only', '2024-09-13', 1720),
  (10, 4, 'Three chords', '2024-09-11', 2480),
  (11, 5, 'Songs of the road', '2024-09-15', 1610),
  (12, 7, NULL, '2024-09-12', 1275),
  (13, 8, 'Market day', '2024-09-14', 3300),
  (14, 3, 'Rain on the roof', '2024-09-14', 1040),
  (15, 9, 'Trombone special', '2024-09-10', 690),
  (16, 1, NULL, '2024-09-16', 3980),
  (17, 2, 'Requests until midnight', '2024-09-20', 2310),
  (18, 5, 'Islands', '2024-09-22', 1540);

INSERT INTO artists VALUES
  (1, 'The Tin Ferries', 'Ireland', 2008),
  (2, 'Marisol Vega', 'Mexico', 1995),
  (3, 'Okapi Sound', 'Kenya', 2014),
  (4, 'Nils Ekdahl Trio', 'Sweden', 1987),
  (5, 'Glass Cartographers', 'Canada', 2017),
  (6, 'Lune Rousse Club', 'France', 2012),
  (7, 'Velvet Tractor', 'Ireland', 1999),
  (8, 'Quarteto Maré', 'Portugal', NULL),
  (9, 'Yara and the Foxes', 'Canada', 2020),
  (10, 'Hollow Bells', 'Ireland', 2019);

INSERT INTO songs VALUES
  (1, 'Gangplank', 1, 214, 2010, 'English'),
  (2, 'Salt on the Letters', 1, 251, 2013, 'English'),
  (3, 'Cielo de Papel', 2, 198, 1998, 'Spanish'),
  (4, 'La Última Silla', 2, 276, 2004, 'Spanish'),
  (5, 'Matatu Morning', 3, 232, 2016, 'Swahili'),
  (6, 'Rift Valley Radio', 3, 305, 2019, 'Swahili'),
  (7, 'Snow for Bass', 4, 412, 1991, NULL),
  (8, 'Half Past Blue', 4, 367, 2002, NULL),
  (9, 'Atlas of Small Rooms', 5, 243, 2018, 'English'),
  (10, 'Contour Lines', 5, 189, 2021, 'English'),
  (11, 'Minuit Vert', 6, 221, 2014, 'French'),
  (12, 'Le Dernier Tram', 6, 234, 2018, 'French'),
  (13, 'Mud and Chrome', 7, 267, 2001, 'English'),
  (14, 'Diesel Hymn', 7, 299, 2005, 'English'),
  (15, 'Adagio da Ria', 8, 538, 2007, NULL),
  (16, 'Fox in the Kitchen', 9, 176, 2022, 'English'),
  (17, 'Tall Grass', 9, 203, 2023, 'English'),
  (18, 'Slow Harbour', 1, 258, 2021, 'English'),
  (19, 'Casa sin Relojes', 2, 229, 2018, 'Spanish');

INSERT INTO plays VALUES
  (1, 1, 1, 0), (1, 2, 9, 0), (1, 3, 16, 1),
  (2, 1, 7, 0), (2, 2, 8, 1),
  (3, 1, 11, 0), (3, 2, 12, 0), (3, 3, 3, 1),
  (4, 1, 13, 0), (4, 2, 14, 1),
  (5, 1, 5, 0), (5, 2, 3, 0), (5, 3, 4, 0),
  (6, 1, 15, 0),
  (7, 1, 10, 0), (7, 2, 17, 1),
  (8, 1, 16, 0), (8, 2, 1, 1), (8, 3, 12, 0),
  (9, 1, 8, 0), (9, 2, 7, 0),
  (10, 1, 14, 0), (10, 2, 1, 0), (10, 3, 13, 1),
  (11, 1, 6, 0), (11, 2, 19, 0), (11, 3, 12, 1),
  (12, 1, 17, 0), (12, 2, 9, 0),
  (13, 1, 2, 0), (13, 2, 16, 1), (13, 3, 19, 0),
  (14, 1, 11, 0), (14, 2, 10, 0),
  (15, 1, 8, 0),
  (17, 1, 7, 1), (17, 2, 8, 1), (17, 3, 15, 1),
  (18, 1, 5, 0), (18, 2, 4, 1);
