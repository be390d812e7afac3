package dev.sampo.app;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/// Reads the section `sampo` of a HOCON file. Other sections are left alone: they may hold texts to refer to.
final class HoconFile {
    private static final String SECTION = "sampo";

    private HoconFile() {}

    /// The settings of the file, in the order of its lines.
    static List<Directive> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new StartFailure(file + ": no such configuration file");
        }
        final Config config;
        try {
            config = ConfigFactory.parseFile(file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false)).resolve();
        } catch (ConfigException e) {
            throw new StartFailure(describe(file, e), e);
        }
        if (!config.root().containsKey(SECTION)) {
            throw new StartFailure(file + ": has no section '" + SECTION + "'; settings are written as " + SECTION
                + " { port = 6379 }");
        }
        if (!(config.root().get(SECTION) instanceof ConfigObject section)) {
            throw new StartFailure(where(config.root().get(SECTION), file) + SECTION + ": must be a section { ... }");
        }
        return section.entrySet().stream()
            .filter(entry -> entry.getValue().valueType() != ConfigValueType.NULL)
            .sorted(Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()))
            .map(entry -> directive(entry.getKey(), entry.getValue(), file))
            .toList();
    }

    /// The library's messages name the file with `file: line: what`, without its directory.
    private static String describe(Path file, ConfigException e) {
        final String message = e.getMessage().replaceFirst("^.*?" + Pattern.quote(file.getFileName().toString())
            + "(@[^:]*)?(: )?", "");
        return file + ":" + (message.matches("(?s)\\d+:.*") ? "" : " ") + message;
    }

    private static String where(ConfigValue value, Path file) {
        final String name = value.origin().filename() == null ? file.toString() : relativeTo(file, value.origin().filename());
        return name + ":" + Math.max(1, value.origin().lineNumber()) + ": ";
    }

    /// The file as the operator named it where it is that file, else (included) the library's absolute name.
    private static String relativeTo(Path file, String originFile) {
        return new File(originFile).toPath().toAbsolutePath().equals(file.toAbsolutePath()) ? file.toString() : originFile;
    }

    private static Directive directive(String name, ConfigValue value, Path file) {
        final String where = where(value, file) + SECTION + "." + name;
        final List<String> words = new ArrayList<>();
        if (value instanceof ConfigList list) {
            list.forEach(element -> words.add(text(element, where)));
        } else {
            words.add(text(value, where));
        }
        return new Directive(name, List.copyOf(words), where + " = " + String.join(" ", words));
    }

    private static String text(ConfigValue value, String where) {
        return switch (value.valueType()) {
            case STRING, NUMBER -> value.unwrapped().toString();
            case BOOLEAN -> (Boolean) value.unwrapped() ? "yes" : "no";
            case OBJECT -> throw new StartFailure(where + ": is a section; settings are written flat: " + SECTION
                + ".name = value");
            case LIST, NULL -> throw new StartFailure(where + ": lists hold texts and numbers only");
        };
    }
}
