"""Questions to a database about its own schema."""


def tables(connection):
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {row[0] for row in rows}


def columns(connection, table):
    """The names of a table's columns; none when there is no such table."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return {row[0] for row in rows}


def missing(connection, needed):
    """Compare with {table: columns}, and name what the database lacks, sorted."""
    lacking = []
    present = tables(connection)
    for table, names in needed.items():
        if table not in present:
            lacking.append(table)
            continue
        absent = set(names) - columns(connection, table)
        lacking += [f"{table}.{name}" for name in absent]
    return sorted(lacking)
