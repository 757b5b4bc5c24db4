import java.sql.DriverManager;
import java.sql.SQLException;

/** Connects to the URL of the first argument as PGUSER with PGPASSWORD, and prints the answer to the second. */
class Check {
    public static void main(String[] words) {
        try (var connection = DriverManager.getConnection(words[0], System.getenv("PGUSER"), System.getenv("PGPASSWORD"));
            var rows = connection.createStatement().executeQuery(words[1])) {
            rows.next();
            System.out.println(rows.getString(1));
        } catch (SQLException error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) System.err.println(cause.getMessage());
            System.exit(1);
        }
    }
}
