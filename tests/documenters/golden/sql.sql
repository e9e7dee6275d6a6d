-- Orders, and what becomes of them.
-- More about it.

\i common.sql

CREATE SCHEMA IF NOT EXISTS shop;

-- What an order is.
CREATE TABLE shop.orders (
    id          bigint PRIMARY KEY,           -- never used twice
    "customer"  integer NOT NULL REFERENCES customers (id),
    total       numeric(10, 2) DEFAULT 0,
    note        text CHECK (note <> 'a, b'),
    CONSTRAINT positive CHECK (total >= 0)
);

CREATE UNIQUE INDEX CONCURRENTLY orders_by_customer ON shop.orders (customer);

/* Orders that are paid. */
CREATE OR REPLACE VIEW shop.paid AS
    SELECT * FROM shop.orders WHERE total > 0;

create type mood as enum ('sad', 'ok');

CREATE OR REPLACE FUNCTION shop.total(order_id bigint, taxed boolean DEFAULT true)
RETURNS numeric
LANGUAGE plpgsql
AS $body$
BEGIN
    -- CREATE TABLE not_this (id int);
    CREATE TEMPORARY TABLE nor_this (id int);
    RETURN 1;
END;
$body$;

CREATE TRIGGER orders_changed BEFORE UPDATE ON shop.orders
    FOR EACH ROW EXECUTE FUNCTION touch();

INSERT INTO shop.orders VALUES (1, 2, 3, 'CREATE TABLE nor_that (id int);');

DELIMITER //
CREATE DEFINER=`root`@`localhost` PROCEDURE `refund`(IN order_id INT)
BEGIN
    UPDATE orders SET total = 0 WHERE id = order_id;
END //
DELIMITER ;

CREATE TABLE [dbo].[Lines] ([Id] int, [Order Id] int)
GO

CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION log_ddl();
