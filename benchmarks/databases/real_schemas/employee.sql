-- Schema of Firebird's sample database employee in SQLite's words; fetch.py fills it from the package.
-- Left out: the two array columns, which the Debian package leaves empty. Computed columns are plain ones.

CREATE TABLE country (
    country VARCHAR(15) NOT NULL PRIMARY KEY,
    currency VARCHAR(10) NOT NULL
);
CREATE TABLE job (
    job_code VARCHAR(5) NOT NULL,
    job_grade SMALLINT NOT NULL,
    job_country VARCHAR(15) NOT NULL REFERENCES country (country),
    job_title VARCHAR(25) NOT NULL,
    min_salary NUMERIC(10, 2) NOT NULL,
    max_salary NUMERIC(10, 2) NOT NULL,
    job_requirement TEXT,
    PRIMARY KEY (job_code, job_grade, job_country)
);
CREATE TABLE department (
    dept_no CHAR(3) NOT NULL PRIMARY KEY,
    department VARCHAR(25) NOT NULL UNIQUE,
    head_dept CHAR(3) REFERENCES department (dept_no),
    mngr_no SMALLINT REFERENCES employee (emp_no),
    budget DECIMAL(12, 2),
    location VARCHAR(15),
    phone_no VARCHAR(20)
);
CREATE TABLE employee (
    emp_no SMALLINT NOT NULL PRIMARY KEY,
    first_name VARCHAR(15) NOT NULL,
    last_name VARCHAR(20) NOT NULL,
    phone_ext VARCHAR(4),
    hire_date DATE NOT NULL,
    dept_no CHAR(3) NOT NULL REFERENCES department (dept_no),
    job_code VARCHAR(5) NOT NULL,
    job_grade SMALLINT NOT NULL,
    job_country VARCHAR(15) NOT NULL,
    salary NUMERIC(10, 2) NOT NULL,
    full_name VARCHAR(37),
    FOREIGN KEY (job_code, job_grade, job_country) REFERENCES job (job_code, job_grade, job_country)
);
CREATE TABLE project (
    proj_id CHAR(5) NOT NULL PRIMARY KEY,
    proj_name VARCHAR(20) NOT NULL UNIQUE,
    proj_desc TEXT,
    team_leader SMALLINT REFERENCES employee (emp_no),
    product VARCHAR(12) NOT NULL
);
CREATE TABLE employee_project (
    emp_no SMALLINT NOT NULL REFERENCES employee (emp_no),
    proj_id CHAR(5) NOT NULL REFERENCES project (proj_id),
    PRIMARY KEY (emp_no, proj_id)
);
CREATE TABLE proj_dept_budget (
    fiscal_year INTEGER NOT NULL,
    proj_id CHAR(5) NOT NULL REFERENCES project (proj_id),
    dept_no CHAR(3) NOT NULL REFERENCES department (dept_no),
    projected_budget DECIMAL(12, 2),
    PRIMARY KEY (fiscal_year, proj_id, dept_no)
);
CREATE TABLE salary_history (
    emp_no SMALLINT NOT NULL REFERENCES employee (emp_no),
    change_date DATE NOT NULL,
    updater_id VARCHAR(20) NOT NULL,
    old_salary NUMERIC(10, 2) NOT NULL,
    percent_change DOUBLE PRECISION NOT NULL,
    new_salary NUMERIC(10, 2),
    PRIMARY KEY (emp_no, change_date, updater_id)
);
CREATE TABLE customer (
    cust_no INTEGER NOT NULL PRIMARY KEY,
    customer VARCHAR(25) NOT NULL,
    contact_first VARCHAR(15),
    contact_last VARCHAR(20),
    phone_no VARCHAR(20),
    address_line1 VARCHAR(30),
    address_line2 VARCHAR(30),
    city VARCHAR(25),
    state_province VARCHAR(15),
    country VARCHAR(15) REFERENCES country (country),
    postal_code VARCHAR(12),
    on_hold CHAR(1)
);
CREATE TABLE sales (
    po_number CHAR(8) NOT NULL PRIMARY KEY,
    cust_no INTEGER NOT NULL REFERENCES customer (cust_no),
    sales_rep SMALLINT REFERENCES employee (emp_no),
    order_status VARCHAR(7) NOT NULL,
    order_date DATE NOT NULL,
    ship_date DATE,
    date_needed DATE,
    paid CHAR(1) NOT NULL DEFAULT 'n',
    qty_ordered INTEGER NOT NULL DEFAULT 1,
    total_value DECIMAL(9, 2) NOT NULL,
    discount REAL NOT NULL DEFAULT 0,
    item_type VARCHAR(12),
    aged INTEGER
);
CREATE VIEW phone_list AS
    SELECT emp_no, first_name, last_name, phone_ext, location, phone_no
    FROM employee, department
    WHERE employee.dept_no = department.dept_no;

-- What Firebird's trigger save_salary_change does; fetch.py drops it when the data is in.
CREATE TRIGGER save_salary_change AFTER UPDATE OF salary ON employee WHEN old.salary <> new.salary
BEGIN
    INSERT INTO salary_history (emp_no, change_date, updater_id, old_salary, percent_change)
    VALUES (old.emp_no, 'now', 'user', old.salary, (new.salary - old.salary) * 100.0 / old.salary);
END;
