package dev.sampo.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The arguments of the program: `[redis.conf] [--name word ...]...`, or a question about the program itself.
///
/// @param ask what to print instead of starting, or null
/// @param file a configuration file in Redis's syntax, or null
/// @param directives the flags in order
record CommandLine(Ask ask, String file, List<Directive> directives) {

    /// Questions that are answered without starting a server.
    enum Ask { HELP, VERSION }

    static CommandLine parse(String... arguments) {
        for (String argument : arguments) {
            final Ask ask = ask(argument);
            if (ask != null) {
                return new CommandLine(ask, null, List.of());
            }
        }
        final boolean hasFile = arguments.length > 0 && !arguments[0].startsWith("-");
        final List<Directive> directives = new ArrayList<>();
        int at = hasFile ? 1 : 0;
        while (at < arguments.length) {
            final int end = nextFlag(arguments, at + 1);
            directives.add(directive(List.of(arguments).subList(at, end)));
            at = end;
        }
        return new CommandLine(null, hasFile ? arguments[0] : null, List.copyOf(directives));
    }

    private static Ask ask(String argument) {
        return switch (argument) {
            case "-h", "--help" -> Ask.HELP;
            case "-v", "--version" -> Ask.VERSION;
            default -> null;
        };
    }

    private static int nextFlag(String[] arguments, int start) {
        int at = start;
        while (at < arguments.length && !arguments[at].startsWith("--")) {
            at++;
        }
        return at;
    }

    private static Directive directive(List<String> words) {
        final String flag = words.getFirst();
        if (!flag.startsWith("--") || flag.length() == 2) {
            throw new StartFailure("argument '" + flag + "': expected a flag such as --port 7000 (--help lists all)");
        }
        final int equals = flag.indexOf('=');
        if (equals > 0) {
            throw new StartFailure(flag + ": name and value are separate words, write: " + flag.substring(0, equals) + " "
                + flag.substring(equals + 1));
        }
        final List<String> values = words.subList(1, words.size());
        final String where = words.stream().map(CommandLine::shown).collect(Collectors.joining(" "));
        return new Directive(flag.substring(2).toLowerCase(Locale.ROOT), values, where);
    }

    private static String shown(String word) {
        return word.isEmpty() || word.contains(" ") ? '"' + word + '"' : word;
    }
}
