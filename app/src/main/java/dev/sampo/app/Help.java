package dev.sampo.app;

import dev.sampo.shard.config.Change;
import dev.sampo.shard.config.Setting;
import dev.sampo.shard.config.SettingTable;
import java.util.stream.Collectors;

/// The texts that explain the program, made from the [SettingTable].
final class Help {
    private Help() {}

    /// What `--help` prints.
    static String usage() {
        final String flags = SettingTable.all().stream()
            .map(s -> "  --" + s.name() + " (default " + (s.describeDefault().isEmpty() ? "\"\"" : s.describeDefault()) + ")\n"
                + "      " + s.doc() + "\n      " + s.describeType().replace("`", "") + "\n")
            .collect(Collectors.joining());
        return """
            Usage: sampo [/path/to/redis.conf] [--name value ...]
                   sampo check [--repair] [--convert target] path ...
                   sampo -v | --version
                   sampo -h | --help

            Examples:
              sampo
              sampo --port 7000 --dir /data --shards 2
              sampo /etc/redis/redis.conf --loglevel verbose
              sampo check /var/lib/redis      (verifies RDB files and logs; sampo check --help tells more)

            Settings come from, the later winning: built-in defaults, application.conf (section sampo; in the working
            directory, else beside this program; -Dconfig.file in SAMPO_JAVA_OPTS names another), environment variables
            (SAMPO_PORT=7000), a redis.conf, flags.

            """ + flags;
    }

    /// The table of settings in the README.
    static String markdownTable() {
        final String rows = SettingTable.all().stream().map(Help::row).collect(Collectors.joining());
        return "| setting | default | value | `CONFIG SET` | meaning |\n|---|---|---|---|---|\n" + rows;
    }

    private static String row(Setting<?> s) {
        return "| `" + s.name() + "` | " + (s.describeDefault().isEmpty() ? "empty" : "`" + s.describeDefault() + "`") + " | "
            + s.describeType() + " | " + (s.change() == Change.ANY_TIME ? "yes" : "no") + " | " + s.doc() + " |\n";
    }
}
