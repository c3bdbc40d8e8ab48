-- A small international film festival: films, where and when they were shown, the jury's marks, the awards.

CREATE TABLE director (
    director_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    birth_year INTEGER
);

CREATE TABLE film (
    film_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    genre TEXT NOT NULL,
    language TEXT NOT NULL,
    runtime INTEGER NOT NULL,
    release_year INTEGER NOT NULL,
    budget REAL,
    director_id INTEGER NOT NULL,
    FOREIGN KEY (director_id) REFERENCES director (director_id)
);

CREATE TABLE venue (
    venue_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    district TEXT NOT NULL,
    seats INTEGER NOT NULL,
    built_year INTEGER,
    open_air TEXT NOT NULL
);

CREATE TABLE screening (
    screening_id INTEGER PRIMARY KEY,
    film_id INTEGER NOT NULL,
    venue_id INTEGER NOT NULL,
    shown_on TEXT NOT NULL,
    start_time TEXT NOT NULL,
    ticket_price REAL NOT NULL,
    tickets_sold INTEGER,
    FOREIGN KEY (film_id) REFERENCES film (film_id),
    FOREIGN KEY (venue_id) REFERENCES venue (venue_id)
);

CREATE TABLE juror (
    juror_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    profession TEXT NOT NULL,
    country TEXT NOT NULL
);

CREATE TABLE jury_score (
    juror_id INTEGER NOT NULL,
    film_id INTEGER NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (juror_id, film_id),
    FOREIGN KEY (juror_id) REFERENCES juror (juror_id),
    FOREIGN KEY (film_id) REFERENCES film (film_id)
);

CREATE TABLE award (
    award_name TEXT NOT NULL,
    festival_year INTEGER NOT NULL,
    film_id INTEGER NOT NULL,
    prize_money INTEGER,
    PRIMARY KEY (award_name, festival_year),
    FOREIGN KEY (film_id) REFERENCES film (film_id)
);

INSERT INTO director VALUES
(1, 'Maren Oosterhuis', 'Netherlands', 1974),
(2, 'Ilkka Rautava', 'Finland', 1966),
(3, 'Sofía Arellano', 'Mexico', 1985),
(4, 'Nikhil Deshwal', 'India', 1979),
(5, 'Hae-won Lim', 'South Korea', 1991),
(6, 'Thérèse Kombila', 'Gabon', 1988),
(7, 'Bernard Astley', 'United Kingdom', 1952),
(8, 'Dunja Maretić', 'Croatia', 1982),
(9, 'Camila Bianchetti', 'Mexico', 1993),
(10, 'Arvo Lepik', 'Estonia', NULL);

INSERT INTO film VALUES
(1, 'The Tide Keeper', 'drama', 'Dutch', 112, 2021, 2.4, 1),
(2, 'Frostline', 'thriller', 'Finnish', 98, 2022, 1.8, 2),
(3, 'Mariposas de Sal', 'drama', 'Spanish', 124, 2021, 3.1, 3),
(4, 'Signal at Bhandara', 'thriller', 'Hindi', 137, 2023, 4.6, 4),
(5, 'Paper Boats', 'animation', 'Korean', 76, 2022, 5.2, 5),
(6, 'The River Ledger', 'documentary', 'French', 84, 2023, 0.6, 6),
(7, 'Last Bus to Kettlewick', 'comedy', 'English', 101, 2021, 2.9, 7),
(8, 'Stone Orchard', 'drama', 'Croatian', 118, 2022, 1.5, 8),
(9, 'Nine Kinds of Silence', 'documentary', 'Finnish', 67, 2021, NULL, 2),
(10, 'La Casa Torcida', 'comedy', 'Spanish', 93, 2023, 1.9, 9),
(11, 'The Understudies', 'comedy', 'English', 108, 2023, 3.4, 7),
(12, 'Moth Season', 'animation', 'Korean', 81, 2023, 6.0, 5),
(13, 'Harvest of Wires', 'documentary', 'Hindi', 90, 2022, 0.8, 4),
(14, 'Low Water', 'drama', 'Dutch', 129, 2023, 2.7, 1),
(15, 'Kõrvemaa', 'drama', 'Estonian', 142, 2022, NULL, 10),
(16, 'Cenizas', 'thriller', 'Spanish', 105, 2023, 2.2, 3);

INSERT INTO venue VALUES
(1, 'Lumen Palace', 'Centre', 620, 1928, 'no'),
(2, 'Kino Vega', 'Centre', 240, 1961, 'no'),
(3, 'The Boathouse', 'Riverside', 150, 1994, 'no'),
(4, 'Citadel Courtyard', 'Old Fort', 480, NULL, 'yes'),
(5, 'Studio Nord', 'University', 90, 2009, 'no'),
(6, 'Riverside Lawn', 'Riverside', 700, NULL, 'yes'),
(7, 'Hall of Crafts', 'University', 310, 1977, 'no'),
(8, 'Cellar Screen', 'Old Fort', 45, 2016, 'no');

INSERT INTO screening VALUES
(1, 1, 1, '2021-09-10', '19:30', 14.0, 588),
(2, 3, 2, '2021-09-11', '18:00', 11.0, 214),
(3, 7, 6, '2021-09-11', '20:45', 9.0, 655),
(4, 9, 5, '2021-09-12', '16:00', 7.5, 52),
(5, 3, 1, '2021-09-13', '19:30', 14.0, 431),
(6, 1, 3, '2021-09-14', '20:00', 10.0, 137),
(7, 2, 1, '2022-09-09', '19:30', 14.5, 602),
(8, 5, 7, '2022-09-10', '11:00', 8.0, 296),
(9, 8, 3, '2022-09-10', '18:30', 10.5, 118),
(10, 13, 5, '2022-09-11', '17:00', 7.5, 61),
(11, 5, 6, '2022-09-11', '20:30', 9.5, 540),
(12, 2, 4, '2022-09-12', '21:00', 12.0, 377),
(13, 8, 2, '2022-09-13', '20:15', 11.5, 201),
(14, 15, 8, '2022-09-14', '18:00', 6.0, 23),
(15, 4, 1, '2023-09-08', '19:30', 15.0, 611),
(16, 6, 5, '2023-09-09', '15:30', 8.0, 88),
(17, 10, 6, '2023-09-09', '20:30', 10.0, 472),
(18, 12, 7, '2023-09-10', '11:00', 8.5, 305),
(19, 11, 4, '2023-09-10', '20:45', 12.5, 402),
(20, 14, 2, '2023-09-11', '18:15', 12.0, 176),
(21, 6, 3, '2023-09-12', '17:30', 10.5, 96),
(22, 4, 2, '2023-09-12', '20:45', 12.0, 238),
(23, 12, 6, '2023-09-13', '20:15', 10.0, 668),
(24, 10, 3, '2023-09-14', '19:00', 10.5, 129),
(25, 14, 1, '2023-09-15', '19:30', 15.0, NULL),
(26, 11, 7, '2023-09-15', '20:00', 9.0, 187);

INSERT INTO juror VALUES
(1, 'Odile Farandeau', 'critic', 'France'),
(2, 'Magnus Thorvik', 'producer', 'Norway'),
(3, 'Xiomara Leal', 'actor', 'Mexico'),
(4, 'Jarosław Pietrzak', 'editor', 'Poland'),
(5, 'Hope Amoateng', 'critic', 'Ghana'),
(6, 'Elio Santangelo', 'composer', 'Italy'),
(7, 'Winifred Dace', 'producer', 'United Kingdom'),
(8, 'Ravi Kulshrest', 'critic', 'India');

INSERT INTO jury_score VALUES
(1, 1, 8.5), (1, 3, 9.0), (1, 7, 6.0),
(2, 1, 7.5), (2, 3, 8.0), (2, 9, 7.0),
(3, 1, 8.0), (3, 7, 7.5),
(4, 2, 8.0), (4, 5, 9.5), (4, 8, 7.0), (4, 13, 6.5),
(5, 2, 7.0), (5, 5, 8.5), (5, 8, 8.5), (5, 15, 6.0),
(6, 2, 6.5), (6, 5, 8.5), (6, 15, 7.5),
(1, 4, 7.0), (1, 6, 9.0), (1, 12, 8.0), (1, 14, 8.5), (1, 10, 7.0),
(7, 4, 8.0), (7, 6, 8.5), (7, 10, 5.5), (7, 11, 6.5),
(4, 4, 6.0), (4, 10, 6.5), (4, 12, 9.0), (4, 14, 7.5),
(5, 6, 9.5), (5, 11, 7.0), (5, 12, 8.0);

INSERT INTO award VALUES
('Golden Lantern', 2021, 3, 20000),
('Silver Lantern', 2021, 1, 8000),
('Audience Prize', 2021, 7, 5000),
('Camera Prize', 2021, 9, 3000),
('Golden Lantern', 2022, 5, 22000),
('Silver Lantern', 2022, 8, 8000),
('Audience Prize', 2022, 5, 5000),
('Green Reel', 2022, 13, NULL),
('Golden Lantern', 2023, 6, 25000),
('Silver Lantern', 2023, 14, 9000),
('Audience Prize', 2023, 12, 6000),
('Green Reel', 2023, 6, NULL),
('Camera Prize', 2023, 10, 3500);
