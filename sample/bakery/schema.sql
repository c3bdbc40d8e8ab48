-- A town bakery: what it bakes, from what, who is in charge, and who orders it.

CREATE TABLE baker (
    baker_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    shift TEXT NOT NULL,
    hired_on TEXT NOT NULL,
    hourly_wage REAL
);

CREATE TABLE product (
    product_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    price REAL NOT NULL,
    weight_g INTEGER,
    vegan TEXT NOT NULL,
    launched_on TEXT,
    baker_id INTEGER,
    FOREIGN KEY (baker_id) REFERENCES baker (baker_id)
);

CREATE TABLE ingredient (
    ingredient_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    cost_per_unit REAL NOT NULL,
    stock REAL NOT NULL,
    supplier TEXT,
    allergen TEXT
);

CREATE TABLE recipe_line (
    product_id INTEGER NOT NULL,
    ingredient_id INTEGER NOT NULL,
    amount REAL NOT NULL,
    PRIMARY KEY (product_id, ingredient_id),
    FOREIGN KEY (product_id) REFERENCES product (product_id),
    FOREIGN KEY (ingredient_id) REFERENCES ingredient (ingredient_id)
);

CREATE TABLE customer (
    customer_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    city TEXT NOT NULL,
    loyalty_points INTEGER
);

CREATE TABLE customer_order (
    order_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    ordered_on TEXT NOT NULL,
    method TEXT NOT NULL,
    status TEXT NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customer (customer_id)
);

CREATE TABLE order_item (
    order_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (order_id, product_id),
    FOREIGN KEY (order_id) REFERENCES customer_order (order_id),
    FOREIGN KEY (product_id) REFERENCES product (product_id)
);

INSERT INTO baker VALUES
(1, 'Agnès Thibault', 'night', '2011-03-01', 24.5),
(2, 'Marek Dvořák', 'night', '2015-09-15', 21.0),
(3, 'Sunniva Hagen', 'morning', '2018-01-08', 19.75),
(4, 'Joel Pemberton', 'morning', '2020-06-22', 17.4),
(5, 'Fatima Zahrani', 'afternoon', '2016-11-03', 20.2),
(6, 'Luca Brambilla', 'night', '2022-02-14', 16.8),
(7, 'Greta Olofsson', 'afternoon', '2023-05-02', 16.1),
(8, 'Dennis Achebe', 'morning', '2013-08-19', 22.3);

INSERT INTO product VALUES
(1, 'Country Sourdough', 'bread', 5.2, 900, 'yes', '2011-04-01', 1),
(2, 'Seeded Rye', 'bread', 4.8, 750, 'yes', '2015-10-10', 2),
(3, 'Butter Croissant', 'pastry', 2.1, 70, 'no', '2011-04-01', 1),
(4, 'Almond Croissant', 'pastry', 2.9, 95, 'no', '2013-02-18', 1),
(5, 'Cardamom Bun', 'pastry', 2.6, 85, 'no', '2018-03-05', 3),
(6, 'Lemon Drizzle Loaf', 'cake', 14.5, 650, 'no', '2014-05-20', 8),
(7, 'Carrot and Walnut Cake', 'cake', 24.0, 1400, 'no', '2014-09-01', 8),
(8, 'Dark Chocolate Torte', 'cake', 28.5, 1200, 'no', '2016-12-01', 5),
(9, 'Oat Biscuit', 'biscuit', 1.2, 40, 'yes', '2021-01-12', 4),
(10, 'Ginger Snap', 'biscuit', 1.1, 30, 'yes', '2020-11-02', 4),
(11, 'Cheese Scone', 'savoury', 2.4, 110, 'no', '2016-11-14', 5),
(12, 'Mushroom Pasty', 'savoury', 4.1, 210, 'yes', '2021-09-09', 5),
(13, 'Focaccia al Rosmarino', 'bread', 6.3, 600, 'yes', '2022-03-21', 6),
(14, 'Baguette', 'bread', 2.2, 250, 'yes', '2011-04-01', 1),
(15, 'Poppy Seed Strudel', 'pastry', 3.4, 140, 'no', '2016-04-11', 2),
(16, 'Wedding Tier Cake', 'cake', 145.0, NULL, 'no', '2017-06-01', 8),
(17, 'Raspberry Danish', 'pastry', 3.1, 100, 'no', '2019-07-15', 3),
(18, 'Spelt Roll', 'bread', 0.95, 80, 'yes', '2023-01-16', 6);

INSERT INTO ingredient VALUES
(1, 'wheat flour', 'kg', 0.95, 420.0, 'Tolvan Mill', 'gluten'),
(2, 'rye flour', 'kg', 1.3, 85.5, 'Tolvan Mill', 'gluten'),
(3, 'butter', 'kg', 8.4, 62.0, 'Greenhollow Dairy', 'milk'),
(4, 'eggs', 'piece', 0.28, 540.0, 'Pinder Farm', 'egg'),
(5, 'caster sugar', 'kg', 1.15, 130.0, 'Bexley Wholesale', NULL),
(6, 'ground almonds', 'kg', 13.2, 9.5, 'Bexley Wholesale', 'nuts'),
(7, 'walnuts', 'kg', 15.8, 6.0, 'Bexley Wholesale', 'nuts'),
(8, 'dark chocolate', 'kg', 11.6, 18.0, 'Maison Ricard', 'soya'),
(9, 'cardamom', 'kg', 58.0, 0.8, 'Maison Ricard', NULL),
(10, 'oats', 'kg', 1.75, 48.0, 'Tolvan Mill', 'gluten'),
(11, 'lemons', 'piece', 0.35, 75.0, 'Pinder Farm', NULL),
(12, 'carrots', 'kg', 0.9, 22.0, 'Pinder Farm', NULL),
(13, 'cheddar', 'kg', 9.7, 14.0, 'Greenhollow Dairy', 'milk'),
(14, 'mushrooms', 'kg', 5.6, 7.5, 'Pinder Farm', NULL),
(15, 'olive oil', 'litre', 7.25, 31.0, 'Maison Ricard', NULL),
(16, 'rosemary', 'kg', 22.0, 1.2, 'Pinder Farm', NULL),
(17, 'poppy seeds', 'kg', 9.1, 5.0, 'Bexley Wholesale', NULL),
(18, 'ground ginger', 'kg', 19.5, 1.6, 'Maison Ricard', NULL),
(19, 'raspberries', 'kg', 12.4, 4.5, 'Pinder Farm', NULL),
(20, 'pistachios', 'kg', 31.0, 2.0, 'Maison Ricard', 'nuts');

INSERT INTO recipe_line VALUES
(1, 1, 0.55), (1, 2, 0.08),
(2, 2, 0.4), (2, 1, 0.1),
(3, 1, 0.04), (3, 3, 0.025), (3, 5, 0.005),
(4, 1, 0.04), (4, 3, 0.025), (4, 6, 0.02), (4, 5, 0.01),
(5, 1, 0.045), (5, 3, 0.015), (5, 9, 0.001), (5, 5, 0.012),
(6, 1, 0.18), (6, 3, 0.15), (6, 4, 3), (6, 5, 0.2), (6, 11, 2),
(7, 1, 0.3), (7, 3, 0.16), (7, 4, 4), (7, 7, 0.12), (7, 12, 0.35), (7, 5, 0.25),
(8, 8, 0.4), (8, 3, 0.22), (8, 4, 5), (8, 5, 0.18),
(9, 10, 0.02), (9, 5, 0.008),
(10, 1, 0.015), (10, 18, 0.001), (10, 5, 0.009),
(11, 1, 0.06), (11, 13, 0.03), (11, 3, 0.015),
(12, 1, 0.09), (12, 14, 0.08), (12, 15, 0.015),
(13, 1, 0.38), (13, 15, 0.06), (13, 16, 0.006),
(14, 1, 0.17),
(15, 1, 0.06), (15, 17, 0.03), (15, 3, 0.02),
(17, 1, 0.045), (17, 3, 0.025), (17, 19, 0.03);

INSERT INTO customer VALUES
(1, 'Café Miramar', 'cafe', 'Seabourne', 420),
(2, 'Hotel Ostria', 'hotel', 'Seabourne', 910),
(3, 'Ruth Calloway', 'private', 'Little Harrow', 85),
(4, 'The Copper Kettle', 'cafe', 'Dunmere', 310),
(5, 'Jakub Wolski', 'private', 'Dunmere', NULL),
(6, 'Trattoria Fiorella', 'restaurant', 'Seabourne', 265),
(7, 'Elspeth Grange', 'private', 'Seabourne', 140),
(8, 'Little Harrow School', 'school', 'Little Harrow', 505),
(9, 'Noor Rahimi', 'private', 'Dunmere', 60),
(10, 'Quayside Bistro', 'restaurant', 'Seabourne', 330),
(11, 'Olive and Thyme', 'restaurant', 'Dunmere', 145),
(12, 'Bruno Castellan', 'private', 'Little Harrow', NULL),
(13, 'Hillcrest Guesthouse', 'hotel', 'Little Harrow', 275),
(14, 'Amara Nwosu', 'private', 'Seabourne', 20);

INSERT INTO customer_order VALUES
(101, 1, '2024-03-01', 'delivery', 'completed'),
(102, 2, '2024-03-01', 'delivery', 'completed'),
(103, 3, '2024-03-02', 'pickup', 'completed'),
(104, 4, '2024-03-03', 'delivery', 'completed'),
(105, 6, '2024-03-04', 'delivery', 'cancelled'),
(106, 2, '2024-03-05', 'delivery', 'completed'),
(107, 7, '2024-03-06', 'pickup', 'completed'),
(108, 8, '2024-03-07', 'delivery', 'completed'),
(109, 1, '2024-03-08', 'delivery', 'completed'),
(110, 9, '2024-03-09', 'pickup', 'completed'),
(111, 10, '2024-03-11', 'delivery', 'completed'),
(112, 5, '2024-03-12', 'pickup', 'cancelled'),
(113, 2, '2024-03-14', 'delivery', 'completed'),
(114, 11, '2024-03-15', 'delivery', 'completed'),
(115, 3, '2024-03-16', 'pickup', 'completed'),
(116, 13, '2024-03-18', 'delivery', 'completed'),
(117, 4, '2024-03-20', 'pickup', 'completed'),
(118, 1, '2024-03-22', 'delivery', 'cancelled'),
(119, 10, '2024-03-25', 'delivery', 'completed'),
(120, 7, '2024-03-28', 'pickup', 'completed'),
(121, 2, '2024-04-02', 'delivery', 'open'),
(122, 6, '2024-04-03', 'delivery', 'open'),
(123, 9, '2024-04-03', 'pickup', 'open'),
(124, 8, '2024-04-05', 'delivery', 'open');

INSERT INTO order_item VALUES
(101, 3, 24), (101, 5, 18), (101, 6, 2),
(102, 3, 40), (102, 14, 15), (102, 1, 6),
(103, 1, 1), (103, 10, 6),
(104, 17, 12), (104, 11, 12), (104, 7, 1),
(105, 13, 8),
(106, 3, 35), (106, 4, 20),
(107, 8, 1),
(108, 9, 60), (108, 10, 60), (108, 12, 25),
(109, 3, 24), (109, 15, 10),
(110, 1, 2), (110, 2, 1), (110, 9, 4),
(111, 14, 20), (111, 13, 6),
(112, 16, 1),
(113, 3, 38), (113, 1, 8), (113, 8, 2),
(114, 13, 5), (114, 2, 4),
(115, 2, 1), (115, 5, 4),
(116, 3, 16), (116, 11, 10), (116, 6, 1),
(117, 7, 2), (117, 5, 10),
(118, 4, 12),
(119, 14, 25), (119, 1, 5),
(120, 7, 1), (120, 12, 2),
(121, 3, 42), (121, 17, 15),
(122, 13, 9), (122, 14, 12),
(123, 9, 6),
(124, 12, 30);
