-- chess_club: a town chess club, its tournaments and its games.
PRAGMA foreign_keys = ON;

CREATE TABLE player (
  player_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  birth_year INTEGER,
  home_town TEXT,
  title TEXT,
  joined_on TEXT
);

CREATE TABLE rating (
  player_id INTEGER NOT NULL,
  rating_month TEXT NOT NULL,
  points INTEGER,
  PRIMARY KEY (player_id, rating_month),
  FOREIGN KEY (player_id) REFERENCES player(player_id)
);

CREATE TABLE tournament (
  tournament_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  start_date TEXT,
  rounds INTEGER,
  time_control TEXT,
  prize_fund REAL,
  venue TEXT
);

CREATE TABLE game (
  game_id INTEGER PRIMARY KEY,
  tournament_id INTEGER NOT NULL,
  round_number INTEGER,
  white_id INTEGER NOT NULL,
  black_id INTEGER NOT NULL,
  winner TEXT,
  moves INTEGER,
  opening TEXT,
  FOREIGN KEY (tournament_id) REFERENCES tournament(tournament_id),
  FOREIGN KEY (white_id) REFERENCES player(player_id),
  FOREIGN KEY (black_id) REFERENCES player(player_id)
);

CREATE TABLE sponsor (
  sponsor_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  business TEXT,
  town TEXT,
  since_year INTEGER
);

CREATE TABLE sponsorship (
  tournament_id INTEGER NOT NULL,
  sponsor_id INTEGER NOT NULL,
  amount REAL,
  PRIMARY KEY (tournament_id, sponsor_id),
  FOREIGN KEY (tournament_id) REFERENCES tournament(tournament_id),
  FOREIGN KEY (sponsor_id) REFERENCES sponsor(sponsor_id)
);

INSERT INTO player VALUES
  (1, 'Vera Lindqvist', 1975, 'Harnby', 'FM', '1994-10-01'),
  (2, 'Osei Bonsu', 1988, 'Harnby', 'IM', '2006-01-15'),
  (3, 'Paulina Krzyżak', 1999, 'Stonebridge', 'WFM', '2015-09-12'),
  (4, 'Gerald Whitlow', 1946, 'Harnby', NULL, '1971-11-23'),
  (5, 'Zoltán Szabados', 1969, 'Marwick', 'FM', '1990-02-05'),
  (6, 'Ines Caldeira', 2008, 'Marwick', NULL, '2018-09-08'),
  (7, 'Rohan Deshpande', 2005, 'Stonebridge', 'CM', '2016-03-19'),
  (8, 'Fergus McAdam', 1981, 'Harnby', NULL, '2011-10-30'),
  (9, 'Yara Sabbagh', 1993, 'Ely Cross', NULL, '2019-01-20'),
  (10, 'Tuomas Rautio', 1977, 'Ely Cross', 'CM', '2004-04-17'),
  (11, 'Dorothy Quayle', 1952, 'Marwick', NULL, '1979-09-02'),
  (12, 'Emil Åkerman', 2011, 'Harnby', NULL, '2021-09-11'),
  (13, 'Nadia Voloshina', 1996, 'Stonebridge', 'WIM', '2022-06-04'),
  (14, 'Colin Pashley', 1964, NULL, NULL, '2023-12-09');

INSERT INTO rating VALUES
  (1, '2024-01', 2284), (1, '2024-04', 2291), (1, '2024-07', 2276),
  (2, '2024-01', 2410), (2, '2024-04', 2418), (2, '2024-07', 2433),
  (3, '2024-01', 2105), (3, '2024-04', 2090), (3, '2024-07', 2132),
  (4, '2024-01', 1655), (4, '2024-04', 1640), (4, '2024-07', 1618),
  (5, '2024-01', 2240), (5, '2024-04', 2233), (5, '2024-07', 2251),
  (6, '2024-01', 1702), (6, '2024-04', 1784), (6, '2024-07', 1866),
  (7, '2024-01', 2051), (7, '2024-04', 2077), (7, '2024-07', 2119),
  (8, '2024-01', 1820), (8, '2024-04', 1833), (8, '2024-07', 1805),
  (9, '2024-01', 1911), (9, '2024-04', 1925), (9, '2024-07', 1925),
  (10, '2024-01', 2064), (10, '2024-04', 2049), (10, '2024-07', 2040),
  (11, '2024-01', 1540), (11, '2024-04', 1566),
  (12, '2024-04', 1210), (12, '2024-07', 1395),
  (13, '2024-01', 2203), (13, '2024-04', 2229), (13, '2024-07', 2218);

INSERT INTO tournament VALUES
  (1, 'Harnby Winter Open', '2024-01-13', 5, 'classical', 1800.00, 'Guildhall'),
  (2, 'Snowdrop Rapid', '2024-02-24', 4, 'rapid', 450.00, 'Library Hall'),
  (3, 'Marwick Spring Cup', '2024-04-06', 5, 'classical', 1200.00, 'Corn Exchange'),
  (4, 'Library Blitz Night', '2024-05-17', 9, 'blitz', 120.50, 'Library Hall'),
  (5, 'Club Championship', '2024-06-01', 6, 'classical', 950.00, 'Guildhall'),
  (6, 'Riverside Rapid', '2024-07-20', 4, 'rapid', 600.00, 'Boat House'),
  (7, 'Juniors and Elders', '2024-09-07', 3, 'rapid', NULL, 'Library Hall');

INSERT INTO game VALUES
  (1, 1, 1, 1, 4, 'white', 31, 'Queen Gambit'),
  (2, 1, 1, 8, 2, 'black', 27, 'Sicilian Defence'),
  (3, 1, 1, 3, 10, 'white', 44, 'French Defence'),
  (4, 1, 2, 2, 1, 'draw', 58, 'Catalan Opening'),
  (5, 1, 2, 10, 8, 'white', 39, 'English Opening'),
  (6, 1, 3, 3, 2, 'black', 62, 'Sicilian Defence'),
  (7, 1, 3, 5, 1, 'draw', 24, 'Slav Defence'),
  (8, 2, 1, 6, 9, 'black', 36, 'Italian Game'),
  (9, 2, 1, 7, 13, 'draw', 49, 'Sicilian Defence'),
  (10, 2, 2, 13, 9, 'white', 33, 'Catalan Opening'),
  (11, 2, 2, 7, 6, 'white', 29, 'Ruy Lopez'),
  (12, 2, 3, 9, 7, 'black', 41, 'French Defence'),
  (13, 3, 1, 5, 11, 'white', 22, 'Queen Gambit'),
  (14, 3, 1, 6, 10, 'white', 57, 'Ruy Lopez'),
  (15, 3, 1, 13, 3, 'draw', 35, 'Slav Defence'),
  (16, 3, 2, 5, 6, 'white', 48, 'English Opening'),
  (17, 3, 2, 3, 11, 'white', 30, 'Sicilian Defence'),
  (18, 3, 3, 13, 5, 'white', 66, 'Queen Gambit'),
  (19, 4, 1, 2, 12, 'white', 19, 'Sicilian Defence'),
  (20, 4, 1, 7, 8, 'white', 34, 'Italian Game'),
  (21, 4, 2, 12, 4, 'black', 43, 'Italian Game'),
  (22, 4, 2, 2, 7, 'black', 52, 'Sicilian Defence'),
  (23, 5, 1, 2, 9, 'white', 38, 'Catalan Opening'),
  (24, 5, 1, 1, 7, 'white', 46, 'Queen Gambit'),
  (25, 5, 1, 4, 3, 'black', 28, 'Sicilian Defence'),
  (26, 5, 2, 3, 1, 'draw', 71, 'Ruy Lopez'),
  (27, 5, 2, 13, 2, 'black', 55, 'English Opening'),
  (28, 5, 3, 2, 1, 'white', 42, 'Catalan Opening'),
  (29, 5, 3, 9, 13, 'draw', 37, 'French Defence'),
  (30, 6, 1, 6, 8, 'white', 32, 'Italian Game'),
  (31, 6, 1, 10, 12, 'white', 26, 'English Opening'),
  (32, 6, 2, 6, 10, 'draw', 60, 'Ruy Lopez'),
  (33, 6, 2, 8, 12, 'black', 47, NULL),
  (34, 6, 3, 7, 6, 'white', 40, 'Sicilian Defence'),
  (35, 5, 4, 2, 3, 'white', 50, 'Ruy Lopez');

INSERT INTO sponsor VALUES
  (1, 'Tallow & Sons', 'bakery', 'Harnby', 1998),
  (2, 'Quickstep Cycles', 'bicycle shop', 'Marwick', 2015),
  (3, 'Harnby Building Society', 'bank', 'Harnby', 2003),
  (4, 'Café Zugzwang', 'café', 'Stonebridge', 2019),
  (5, 'Wren Optics', 'optician', 'Ely Cross', 2010),
  (6, 'Old Mill Books', 'bookshop', 'Harnby', 2021),
  (7, 'Fenland Print', 'printer', 'Marwick', 2022),
  (8, 'Ashby Solar', 'energy', 'Ely Cross', 2024);

INSERT INTO sponsorship VALUES
  (1, 3, 1000.00), (1, 1, 350.00), (1, 6, 150.00),
  (2, 4, 200.00), (2, 6, 120.00),
  (3, 2, 500.00), (3, 7, 280.00), (3, 3, 400.00),
  (4, 4, 80.00),
  (5, 3, 600.00), (5, 1, 200.00), (5, 2, 150.00),
  (6, 2, 260.00), (6, 5, 310.00), (6, 4, 150.00);
