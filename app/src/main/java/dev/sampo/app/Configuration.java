package dev.sampo.app;

import dev.sampo.shard.config.ConfigException;
import dev.sampo.shard.config.ServerConfig;
import dev.sampo.shard.config.Setting;
import dev.sampo.shard.config.SettingTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where settings come from, the later winning: built-in defaults, `application.conf`, environment variables, a `redis.conf`,
/// flags.
///
/// @param config the settings in force
/// @param file the HOCON file that was read, or null
/// @param redisConf the `redis.conf` that was read, or null
/// @param withoutEffect names of Redis's directives that were passed over
record Configuration(ServerConfig config, Path file, Path redisConf, List<String> withoutEffect) {
    private static final String FILE_NAME = "application.conf";

    /// The surroundings of the process, as far as settings come from them.
    ///
    /// @param environment all environment variables
    /// @param configFile the HOCON file asked for (`-Dconfig.file`), or null
    /// @param workingDirectory the current directory
    /// @param home the directory of the installation, or null when unknown
    record Surroundings(Map<String, String> environment, String configFile, Path workingDirectory, Path home) {
        static Surroundings ofProcess() {
            final String home = System.getProperty("sampo.home");
            return new Surroundings(System.getenv(), System.getProperty("config.file"), Path.of(""),
                home == null ? null : Path.of(home));
        }

        private Path hoconFile() {
            if (configFile != null) {
                return workingDirectory.resolve(configFile);
            }
            final Path here = workingDirectory.resolve(FILE_NAME);
            if (Files.exists(here)) {
                return here;
            }
            return home != null && Files.exists(home.resolve(FILE_NAME)) ? home.resolve(FILE_NAME) : null;
        }
    }

    /// @throws StartFailure with one line that names the place and the cure
    static Configuration resolve(CommandLine commandLine, Surroundings surroundings) {
        final Path hocon = surroundings.hoconFile();
        final List<String> withoutEffect = new ArrayList<>();
        ServerConfig config = ServerConfig.defaults();
        if (hocon != null) {
            config = apply(config, HoconFile.read(hocon));
        }
        config = apply(config, Environment.read(surroundings.environment()));
        if (commandLine.file() != null) {
            config = apply(config, withoutRedisOnly(RedisConf.read(commandLine.file(), surroundings.workingDirectory()),
                withoutEffect));
        }
        config = apply(config, withoutRedisOnly(commandLine.directives(), withoutEffect));
        final Path redisConf = commandLine.file() == null ? null
            : surroundings.workingDirectory().resolve(commandLine.file()).toAbsolutePath();
        return new Configuration(config, hocon, redisConf, withoutEffect.stream().distinct().toList());
    }

    private static List<Directive> withoutRedisOnly(List<Directive> directives, List<String> withoutEffect) {
        final List<Directive> kept = new ArrayList<>();
        for (Directive directive : directives) {
            if (SettingTable.find(directive.name()) == null && RedisOnly.passesOver(directive)) {
                withoutEffect.add(directive.name());
            } else {
                kept.add(directive);
            }
        }
        return kept;
    }

    /// Sets one directive after the other; those of one source that add up are joined first.
    private static ServerConfig apply(ServerConfig config, List<Directive> directives) {
        final Map<Setting<?>, String> texts = new LinkedHashMap<>();
        ServerConfig result = config;
        for (Directive directive : directives) {
            final Setting<?> setting = setting(directive);
            final String text = text(setting, directive);
            if (setting.isRepeatable()) {
                texts.merge(setting, text, (before, more) -> before.isEmpty() || more.isEmpty() ? more : before + " " + more);
            } else {
                texts.put(setting, text);
            }
            try {
                result = result.with(setting.name(), texts.get(setting));
            } catch (ConfigException e) {
                throw directive.failure(e.reason());
            }
        }
        return result;
    }

    private static Setting<?> setting(Directive directive) {
        final Setting<?> setting = SettingTable.find(directive.name());
        if (setting == null) {
            final String similar = Similar.to(directive.name());
            throw directive.failure("unknown setting '" + directive.name() + "'"
                + (similar == null ? "" : ", did you mean '" + similar + "'?")
                + "; --help lists all");
        }
        return setting;
    }

    private static String text(Setting<?> setting, Directive directive) {
        if (directive.words().isEmpty()) {
            throw directive.failure(setting.name() + " needs a value: " + setting.describeType());
        }
        if (directive.words().size() > 1 && !setting.takesSeveralWords()) {
            throw directive.failure(setting.name() + " takes one value, not " + directive.words().size()
                + " (quote a value with blanks)");
        }
        return String.join(" ", directive.words());
    }
}
