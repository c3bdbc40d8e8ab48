-- observatory: telescopes, the people who use them, and what they look at.
PRAGMA foreign_keys = ON;

CREATE TABLE telescope (
  telescope_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  site TEXT,
  kind TEXT,
  mirror_diameter REAL,
  first_light_year INTEGER,
  cost_per_night INTEGER
);

CREATE TABLE astronomer (
  astronomer_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  institution TEXT,
  country TEXT,
  career_stage TEXT,
  papers INTEGER
);

CREATE TABLE celestial_object (
  object_id INTEGER PRIMARY KEY,
  designation TEXT NOT NULL,
  object_type TEXT,
  constellation TEXT,
  magnitude REAL,
  distance_ly REAL
);

CREATE TABLE proposal (
  proposal_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  leader_id INTEGER NOT NULL,
  telescope_id INTEGER NOT NULL,
  submitted_on TEXT,
  nights_requested INTEGER,
  grade REAL,
  decision TEXT,
  FOREIGN KEY (leader_id) REFERENCES astronomer(astronomer_id),
  FOREIGN KEY (telescope_id) REFERENCES telescope(telescope_id)
);

CREATE TABLE proposal_member (
  proposal_id INTEGER NOT NULL,
  astronomer_id INTEGER NOT NULL,
  task TEXT,
  PRIMARY KEY (proposal_id, astronomer_id),
  FOREIGN KEY (proposal_id) REFERENCES proposal(proposal_id),
  FOREIGN KEY (astronomer_id) REFERENCES astronomer(astronomer_id)
);

CREATE TABLE observation (
  observation_id INTEGER PRIMARY KEY,
  proposal_id INTEGER NOT NULL,
  object_id INTEGER NOT NULL,
  observer_id INTEGER NOT NULL,
  observed_on TEXT,
  exposure_minutes INTEGER,
  seeing REAL,
  filter_name TEXT,
  FOREIGN KEY (proposal_id) REFERENCES proposal(proposal_id),
  FOREIGN KEY (object_id) REFERENCES celestial_object(object_id),
  FOREIGN KEY (observer_id) REFERENCES astronomer(astronomer_id)
);

INSERT INTO telescope VALUES
  (1, 'Big Ludmila', 'Cerro Pardo', 'optical', 4.2, 1998, 18500),
  (2, 'The Lantern', 'Cerro Pardo', 'optical', 1.5, 1974, 4200),
  (3, 'Halvard Dish', 'Storhei', 'radio', 32.0, 1986, 9700),
  (4, 'Aurora One', 'Storhei', 'optical', 2.4, 2011, 7600),
  (5, 'Kestrel', 'Mount Wirra', 'infrared', 3.6, 2005, 15200),
  (6, 'Wirra Twin', 'Mount Wirra', 'infrared', 3.6, 2007, 14900),
  (7, 'Pocket Survey', 'Mount Wirra', 'optical', 0.8, 2019, 1300),
  (8, 'Old Refractor', 'Town Hill', 'optical', 0.5, 1911, NULL);

INSERT INTO astronomer VALUES
  (1, 'Ludmila Horáková', 'Charles Bridge Institute', 'Czechia', 'professor', 184),
  (2, 'Rafael Quispe', 'University of Altamira', 'Peru', 'professor', 132),
  (3, 'Aroha Ngata', 'Wirra Observatory', 'New Zealand', 'staff', 61),
  (4, 'Tiago Moreira', 'University of Altamira', 'Brazil', 'postdoc', 17),
  (5, 'Hanne Solheim', 'Storhei Radio Group', 'Norway', 'staff', 74),
  (6, 'Chen Yifan', 'Harbour Technical College', 'China', 'postdoc', 23),
  (7, 'Bilal Rahmani', 'Charles Bridge Institute', 'Algeria', 'student', 3),
  (8, 'Matilda Okafor', 'Harbour Technical College', 'Nigeria', 'student', 2),
  (9, 'Søren Bille', 'Storhei Radio Group', 'Denmark', 'postdoc', 23),
  (10, 'Grace Penhallow', 'Wirra Observatory', 'Australia', 'professor', 97),
  (11, 'Iñigo Etxeberria', 'University of Altamira', 'Spain', 'student', NULL),
  (12, 'Noor Haddad', 'Charles Bridge Institute', 'Jordan', 'staff', 40);

INSERT INTO celestial_object VALUES
  (1, 'Veltra', 'star', 'Lyra', 3.9, 62.0),
  (2, 'KW 117', 'star', 'Cygnus', 11.4, 850.0),
  (3, 'KW 204', 'star', 'Cygnus', 12.6, 1430.0),
  (4, 'Harp Cloud', 'nebula', 'Lyra', 8.8, 2300.0),
  (5, 'Moth Nebula', 'nebula', 'Orion', 6.1, 1350.0),
  (6, 'Dust Gate', 'nebula', 'Sagittarius', 9.7, 5200.0),
  (7, 'Spindle 88', 'galaxy', 'Virgo', 10.2, 54000000.0),
  (8, 'Spindle 91', 'galaxy', 'Virgo', 13.5, 61000000.0),
  (9, 'Lost Pinwheel', 'galaxy', 'Ursa Major', 8.3, 21000000.0),
  (10, 'Tollan 3', 'pulsar', 'Sagittarius', NULL, 11200.0),
  (11, 'Tollan 9', 'pulsar', 'Vela', NULL, 960.0),
  (12, 'Comet Arrieta', 'comet', NULL, 9.1, NULL),
  (13, 'Comet Boland', 'comet', NULL, 14.8, NULL),
  (14, 'Grey Bead', 'star', 'Orion', 7.7, 410.0),
  (15, 'Q-Ember', 'quasar', 'Virgo', 16.2, 2900000000.0);

INSERT INTO proposal VALUES
  (1, 'Dust lanes in edge-on galaxies', 1, 1, '2022-09-14', 6, 4.6, 'accepted'),
  (2, 'Timing of the Tollan pulsars', 5, 3, '2022-09-28', 12, 4.1, 'accepted'),
  (3, 'Young stars in the Moth', 3, 5, '2022-10-02', 4, 3.8, 'accepted'),
  (4, 'A comet on its way out', 4, 2, '2023-01-19', 2, 3.2, 'accepted'),
  (5, 'Weather of cool dwarfs', 6, 6, '2023-02-07', 5, 2.4, 'rejected'),
  (6, 'Rotation of the Lost Pinwheel', 2, 1, '2023-03-03', 8, 4.9, 'accepted'),
  (7, 'Gas between the Spindles', 9, 3, '2023-03-21', 10, 3.5, 'accepted'),
  (8, 'A map of the Harp Cloud', 12, 4, '2023-04-11', 3, 3.8, 'accepted'),
  (9, 'Quasars through a small mirror', 7, 7, '2023-04-30', 9, 1.9, 'rejected'),
  (10, 'Twin stars of Cygnus', 10, 6, '2023-08-25', 5, 4.4, 'accepted'),
  (11, 'Faint comets of the year', 3, 7, '2023-09-12', 14, 3.0, 'accepted'),
  (12, 'Hidden hearts of nebulae', 1, 5, '2023-09-15', 7, 4.0, 'accepted'),
  (13, 'Deep field with Big Ludmila', 2, 1, '2024-01-22', 20, NULL, 'pending'),
  (14, 'Radio echoes of old novae', 5, 3, '2024-02-05', 6, NULL, 'pending');

INSERT INTO proposal_member VALUES
  (1, 7, 'data reduction'), (1, 12, 'modelling'), (1, 2, 'theory'),
  (2, 9, 'data reduction'), (2, 8, 'observing'),
  (3, 10, 'theory'), (3, 11, 'observing'),
  (4, 11, 'observing'), (4, 2, 'theory'),
  (5, 8, 'data reduction'),
  (6, 4, 'data reduction'), (6, 1, 'theory'), (6, 11, 'observing'), (6, 6, 'modelling'),
  (7, 5, 'theory'), (7, 8, 'observing'),
  (8, 7, 'observing'), (8, 1, 'modelling'),
  (10, 3, 'observing'), (10, 6, 'modelling'),
  (11, 10, 'observing'),
  (12, 12, 'modelling'), (12, 7, 'observing'),
  (13, 4, 'data reduction'), (13, 10, 'theory');

INSERT INTO observation VALUES
  (1, 1, 7, 7, '2023-02-11', 120, 0.8, 'r'),
  (2, 1, 8, 7, '2023-02-11', 180, 0.9, 'r'),
  (3, 1, 7, 1, '2023-02-12', 90, 1.4, 'g'),
  (4, 2, 10, 9, '2023-03-05', 240, NULL, NULL),
  (5, 2, 11, 8, '2023-03-06', 200, NULL, NULL),
  (6, 2, 10, 5, '2023-03-09', 260, NULL, NULL),
  (7, 3, 5, 3, '2023-01-17', 75, 0.6, 'K'),
  (8, 3, 14, 11, '2023-01-18', 40, 0.7, 'K'),
  (9, 4, 12, 4, '2023-05-02', 30, 1.1, 'R'),
  (10, 4, 12, 11, '2023-05-03', 35, 1.6, 'R'),
  (11, 6, 9, 2, '2023-05-20', 150, 0.7, 'g'),
  (12, 6, 9, 4, '2023-05-21', 160, 0.8, 'r'),
  (13, 6, 9, 11, '2023-05-22', 145, 1.2, 'i'),
  (14, 7, 7, 9, '2023-06-14', 300, NULL, NULL),
  (15, 7, 8, 9, '2023-06-15', 310, NULL, NULL),
  (16, 8, 4, 12, '2023-08-08', 60, 1.0, 'H-alpha'),
  (17, 8, 4, 7, '2023-08-09', 65, 1.3, 'H-alpha'),
  (18, 8, 1, 7, '2023-08-09', 5, 1.3, 'g'),
  (19, 10, 2, 3, '2023-10-30', 25, 0.5, 'J'),
  (20, 10, 3, 10, '2023-10-30', 45, 0.5, 'J'),
  (21, 10, 2, 3, '2023-11-02', 25, 0.9, 'K'),
  (22, 11, 13, 10, '2023-12-01', 80, 1.8, 'R'),
  (23, 11, 12, 3, '2023-12-04', 50, 1.5, 'R'),
  (24, 12, 6, 12, '2024-01-13', 110, 0.6, 'K'),
  (25, 12, 5, 7, '2024-01-14', 95, 0.7, 'K'),
  (26, 12, 4, 7, '2024-01-15', 100, 1.0, 'J'),
  (27, 7, 8, 9, '2023-06-16', 290, NULL, NULL);
