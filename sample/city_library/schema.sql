-- A city library with several branches: who wrote what, where the copies stand, who borrows them.

CREATE TABLE branch (
    branch_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    district TEXT NOT NULL,
    opened_year INTEGER,
    floor_area REAL,
    phone TEXT
);

CREATE TABLE author (
    author_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT,
    birth_year INTEGER
);

CREATE TABLE book (
    book_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    genre TEXT NOT NULL,
    language TEXT NOT NULL,
    published_year INTEGER,
    pages INTEGER,
    author_id INTEGER NOT NULL,
    FOREIGN KEY (author_id) REFERENCES author (author_id)
);

CREATE TABLE holding (
    branch_id INTEGER NOT NULL,
    book_id INTEGER NOT NULL,
    copies INTEGER NOT NULL,
    PRIMARY KEY (branch_id, book_id),
    FOREIGN KEY (branch_id) REFERENCES branch (branch_id),
    FOREIGN KEY (book_id) REFERENCES book (book_id)
);

CREATE TABLE member (
    member_id INTEGER PRIMARY KEY,
    full_name TEXT NOT NULL,
    birth_date TEXT,
    joined_on TEXT NOT NULL,
    home_branch_id INTEGER,
    email TEXT,
    FOREIGN KEY (home_branch_id) REFERENCES branch (branch_id)
);

CREATE TABLE loan (
    loan_id INTEGER PRIMARY KEY,
    member_id INTEGER NOT NULL,
    book_id INTEGER NOT NULL,
    branch_id INTEGER NOT NULL,
    borrowed_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    returned_on TEXT,
    fine REAL,
    FOREIGN KEY (member_id) REFERENCES member (member_id),
    FOREIGN KEY (book_id) REFERENCES book (book_id),
    FOREIGN KEY (branch_id) REFERENCES branch (branch_id)
);

INSERT INTO branch VALUES
(1, 'Harbour Reading Room', 'Harbour', 1998, 420.5, '555-0141'),
(2, 'Mill Lane Library', 'Old Town', 1931, 310.0, '555-0142'),
(3, 'Central Library', 'Centre', 1964, 2150.0, '555-0100'),
(4, 'Orchard Library', 'Orchard Park', 2007, 540.0, '555-0144'),
(5, 'Northgate Corner', 'Northgate', 2015, 185.5, '555-0145'),
(6, 'Sankt-Jürgen-Bücherei', 'Old Town', 1952, 275.0, '555-0146'),
(7, 'Riverside Library', 'Harbour', 2019, 760.0, '555-0147'),
(8, 'Hilltop Bookstop', 'Northgate', 2022, 95.0, NULL);

INSERT INTO author VALUES
(1, 'Ines Carvalho', 'Portugal', 1961),
(2, 'Tobias Wrenfield', 'United Kingdom', 1948),
(3, 'Małgorzata Zięba', 'Poland', 1975),
(4, 'Aoife Dunleary', 'Ireland', 1983),
(5, 'Kenji Morikawa', 'Japan', 1957),
(6, 'Linnéa Åkerblom', 'Sweden', 1990),
(7, 'Desmond Okpara', 'Nigeria', 1969),
(8, 'Clara Bettencourt', 'Portugal', 1988),
(9, 'Henrik Solvang', 'Norway', NULL),
(10, 'Philippa Marsh', 'United Kingdom', 1979),
(11, 'Yaw Mensimah', 'Ghana', 1994),
(12, 'Rosalind Teague', 'United Kingdom', 1936);

INSERT INTO book VALUES
(1, 'The Salt Almanac', 'Novel', 'English', 1987, 312, 2),
(2, 'Lanternas de Alfama', 'Novel', 'Portuguese', 1999, 248, 1),
(3, 'Winter Bees', 'Nature', 'English', 2011, 190, 10),
(4, 'The Quiet Signalman', 'Crime', 'English', 1994, 356, 2),
(5, 'Popiół i miód', 'Poetry', 'Polish', 2006, 96, 3),
(6, 'Cartography for Liars', 'Crime', 'English', 2018, 402, 4),
(7, 'Rain on Copper Roofs', 'Novel', 'English', 2014, 287, 7),
(8, 'A Field Guide to Moss', 'Nature', 'English', 2003, 164, 10),
(9, 'The Ninth Ferry', 'Crime', 'English', 2001, 331, 2),
(10, 'Sju vintrar', 'Novel', 'Swedish', 2020, 274, 6),
(11, 'Paper Cranes at Noon', 'Poetry', 'Japanese', 1989, 120, 5),
(12, 'O Relógio de Areia', 'Children', 'Portuguese', 2015, 64, 8),
(13, 'Otter Goes to Market', 'Children', 'English', 2016, 32, 4),
(14, 'Otter and the Moon', 'Children', 'English', 2019, 36, 4),
(15, 'The Archivist of Small Things', 'Novel', 'English', 2021, 298, 4),
(16, 'Bread and Thunder', 'History', 'English', 1978, 512, 12),
(17, 'A Short History of Locks', 'History', 'English', 1985, 221, 12),
(18, 'The Lagos Line', 'Crime', 'English', 2009, 345, 7),
(19, 'Kamienne ogrody', 'Novel', 'Polish', 2012, 410, 3),
(20, 'Marsh Light', 'Poetry', 'English', 1997, 88, 10),
(21, 'Harbour Songs', 'Poetry', 'English', 2013, 104, 7),
(22, 'Sleeping Volcanoes', 'Nature', 'Japanese', 1996, 236, 5),
(23, 'Uncounted Rivers', 'History', 'English', 2017, 468, 11),
(24, 'Notes from the Lower Deck', 'History', 'English', 2008, NULL, 2);

INSERT INTO holding VALUES
(1, 2, 1), (1, 7, 1), (1, 12, 2), (1, 21, 2),
(2, 1, 1), (2, 4, 1), (2, 16, 1), (2, 17, 1), (2, 20, 1),
(3, 1, 3), (3, 2, 2), (3, 4, 2), (3, 5, 1), (3, 6, 4), (3, 9, 2), (3, 10, 1), (3, 11, 1),
(3, 13, 5), (3, 15, 3), (3, 16, 2), (3, 18, 2), (3, 23, 2), (3, 24, 1),
(4, 3, 1), (4, 8, 1), (4, 12, 3), (4, 13, 4), (4, 14, 4),
(5, 6, 1), (5, 15, 2), (5, 18, 1),
(6, 5, 1), (6, 10, 1), (6, 19, 2),
(7, 6, 2), (7, 10, 1), (7, 14, 2), (7, 15, 1), (7, 21, 1),
(8, 3, 1), (8, 13, 2);

INSERT INTO member VALUES
(1, 'Nadia Felton', '1991-04-12', '2016-02-03', 3, 'nadia.felton@post.example'),
(2, 'Gustav Lindqvist', '1958-11-30', '2009-09-14', 2, NULL),
(3, 'Priya Raman', '1984-07-21', '2018-05-27', 3, 'praman@inbox.example'),
(4, 'Oluwaseun Bakare', '2001-01-09', '2021-10-02', 7, 'seun.b@post.example'),
(5, 'Marta Iglesias', '1975-03-17', '2012-01-20', 1, 'marta.iglesias@inbox.example'),
(6, 'Thomas Ebner', '1969-12-05', '2009-03-30', 6, 'ebner@post.example'),
(7, 'Chloé Martineau', '1998-08-26', '2019-11-11', 3, 'chloe.m@inbox.example'),
(8, 'Samuel Achterberg', '2010-06-02', '2020-06-15', 4, NULL),
(9, 'Hanna Virtanen', '1987-02-14', '2014-04-08', 4, 'hanna.v@post.example'),
(10, 'Dorothy Pickles', '1943-10-19', '2003-07-01', 2, NULL),
(11, 'Ivo Petrov', '1995-05-05', '2022-01-17', 5, 'ivo.petrov@inbox.example'),
(12, 'Leila Haddad', '1980-09-23', '2017-08-29', 1, 'lhaddad@post.example'),
(13, 'Benedict Crowe', '1966-04-30', '2011-12-12', 3, 'b.crowe@inbox.example'),
(14, 'Mei Tanaka-Boyd', '2012-12-12', '2021-03-06', 4, NULL),
(15, 'Zofia Nowicka', '1993-11-03', '2022-09-19', 6, 'zofia.n@post.example'),
(16, 'Rafael Montes', '1978-06-28', '2015-10-10', 1, 'rmontes@inbox.example');

INSERT INTO loan VALUES
(1, 1, 6, 3, '2023-01-09', '2023-01-30', '2023-01-27', 0.0),
(2, 3, 1, 3, '2023-01-14', '2023-02-04', '2023-02-10', 1.2),
(3, 8, 13, 4, '2023-01-21', '2023-02-11', '2023-02-04', 0.0),
(4, 14, 14, 4, '2023-01-21', '2023-02-11', '2023-02-11', 0.0),
(5, 10, 16, 2, '2023-02-02', '2023-02-23', '2023-03-15', 4.0),
(6, 2, 17, 2, '2023-02-06', '2023-02-27', '2023-02-20', 0.0),
(7, 7, 15, 3, '2023-02-11', '2023-03-04', '2023-03-01', 0.0),
(8, 5, 2, 1, '2023-02-15', '2023-03-08', '2023-03-20', 2.4),
(9, 12, 21, 1, '2023-02-18', '2023-03-11', '2023-03-11', 0.0),
(10, 4, 10, 7, '2023-02-25', '2023-03-18', '2023-04-22', 7.0),
(11, 1, 4, 3, '2023-03-04', '2023-03-25', '2023-03-24', 0.0),
(12, 9, 3, 4, '2023-03-07', '2023-03-28', '2023-03-30', 0.4),
(13, 13, 16, 3, '2023-03-10', '2023-03-31', '2023-05-12', 8.4),
(14, 3, 6, 3, '2023-03-18', '2023-04-08', '2023-04-05', 0.0),
(15, 6, 19, 6, '2023-03-22', '2023-04-12', '2023-04-19', 1.4),
(16, 11, 6, 5, '2023-03-29', '2023-04-19', '2023-04-19', 0.0),
(17, 7, 6, 3, '2023-04-01', '2023-04-22', '2023-04-20', 0.0),
(18, 14, 13, 4, '2023-04-03', '2023-04-24', '2023-04-17', 0.0),
(19, 8, 14, 4, '2023-04-03', '2023-04-24', '2023-05-02', 1.6),
(20, 1, 18, 3, '2023-04-11', '2023-05-02', '2023-04-29', 0.0),
(21, 10, 20, 2, '2023-04-13', '2023-05-04', '2023-05-04', 0.0),
(22, 15, 5, 6, '2023-04-20', '2023-05-11', '2023-05-08', 0.0),
(23, 4, 6, 7, '2023-04-24', '2023-05-15', '2023-05-30', 3.0),
(24, 12, 7, 1, '2023-05-02', '2023-05-23', '2023-05-16', 0.0),
(25, 13, 23, 3, '2023-05-06', '2023-05-27', '2023-05-27', 0.0),
(26, 9, 12, 4, '2023-05-09', '2023-05-30', '2023-05-25', 0.0),
(27, 5, 12, 1, '2023-05-13', '2023-06-03', '2023-06-01', 0.0),
(28, 3, 15, 3, '2023-05-20', '2023-06-10', '2023-06-17', 1.4),
(29, 1, 15, 3, '2023-05-27', '2023-06-17', '2023-06-12', 0.0),
(30, 2, 1, 2, '2023-05-30', '2023-06-20', '2023-06-19', 0.0),
(31, 7, 9, 3, '2023-06-03', '2023-06-24', NULL, NULL),
(32, 11, 15, 5, '2023-06-07', '2023-06-28', NULL, NULL),
(33, 14, 14, 7, '2023-06-10', '2023-07-01', '2023-06-24', 0.0),
(34, 8, 13, 3, '2023-06-13', '2023-07-04', NULL, NULL),
(35, 15, 19, 6, '2023-06-17', '2023-07-08', NULL, NULL),
(36, 10, 4, 2, '2023-06-21', '2023-07-12', NULL, NULL);
