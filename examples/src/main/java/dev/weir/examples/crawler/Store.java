package dev.weir.examples.crawler;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The database, with a table of pages and one of links. A crawl replaces what the last one left. */
final class Store implements AutoCloseable {
    private final Connection connection;

    Store(Path file) throws SQLException {
        // The crawler closes the database itself, when its pipeline has ended, and then there is no time to compact it.
        connection = DriverManager.getConnection(
                "jdbc:h2:" + file.toAbsolutePath() + ";DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0;MAX_COMPACT_TIME=0");
        try (var statement = connection.createStatement()) {
            statement.execute("drop table if exists link");
            statement.execute("drop table if exists page");
            statement.execute("create table page(url varchar primary key, status int, outcome varchar, title varchar,"
                    + " bytes bigint, millis bigint)");
            statement.execute("create table link(source varchar, target varchar)");
        }
        connection.setAutoCommit(false);
    }

    /** Adds pages, or changes them, in one transaction. */
    void save(List<Page> pages) throws SQLException {
        try (var page = connection.prepareStatement("merge into page key(url) values(?, ?, ?, ?, ?, ?)");
                var link = connection.prepareStatement("insert into link values(?, ?)")) {
            for (Page p : pages) {
                add(
                        page,
                        p.uri().toString(),
                        p.status(),
                        p.outcome(),
                        p.title(),
                        p.bytes(),
                        p.took().toMillis());
                for (String target : p.links()) {
                    add(link, p.uri().toString(), target);
                }
            }
            page.executeBatch();
            link.executeBatch();
        }
        connection.commit();
    }

    private static void add(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        statement.addBatch();
    }

    /** Rows as lists of their columns. */
    List<List<String>> query(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            List<List<String>> all = new ArrayList<>();
            while (rows.next()) {
                List<String> row = new ArrayList<>();
                for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                    row.add(rows.getString(column));
                }
                all.add(row);
            }
            return all;
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
