package dev.sampo.app;

import dev.sampo.engine.Clock;
import dev.sampo.persist.check.Converter;
import dev.sampo.persist.check.Finding;
import dev.sampo.persist.check.Source;
import dev.sampo.persist.log.DamagedLogException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `sampo check`: looks at files without a server, mends logs, and writes data in another form.
final class CheckCommand {
    /// The word that asks for it.
    static final String NAME = "check";

    /// Everything is as it was written, or is again.
    static final int SOUND = 0;
    /// Something is not, or cannot be converted.
    static final int DAMAGED = 1;
    /// The question was wrong, or a file cannot be read or written.
    static final int FAILED = 2;

    private static final String USAGE = """
        Usage: sampo check [--repair] [--convert target] path ...

        Checks files: checksums, structure, whether transactions are whole, and every value. A path is an RDB file, the
        directory of an append-only log (appendonlydir), of Sampo or of Redis 7 and later, a single file of such a log or an
        older append-only file of Redis, or a directory that has some of them in it (dir). What it is is seen from the content.
        Nothing is changed without --repair. No server may be using the files; with a log of Sampo that is made sure of,
        a Redis stops by itself only if you stop it.

          --repair          cut a damaged log at its last whole state. What is cut off is kept in files beside it
                            (name.cut-byte); each cut is told. RDB files cannot be repaired.
          --convert target  write all data to target, after a check without findings: an RDB file if the name ends with
                            .rdb, else a directory with a log of Sampo, to be used as dir/appendonlydir

        Exit code: 0 sound (or repaired), 1 damaged, 2 wrong arguments, or a file that cannot be read or written.

        Examples:
          sampo check /var/lib/redis
          sampo check --repair /data/appendonlydir
          sampo check --convert /backup/all.rdb /data/appendonlydir
        """;

    private final PrintStream out;
    private boolean repairs;
    private Path target;
    private final List<Path> paths = new ArrayList<>();

    private CheckCommand(PrintStream out) {
        this.out = out;
    }

    /// @param arguments those behind the word itself
    /// @return the exit code
    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            out.print(USAGE);
            return SOUND;
        }
        final CheckCommand command = new CheckCommand(out);
        try {
            command.parse(arguments);
            return command.run();
        } catch (StartFailure | InvalidPathException e) {
            err.println("sampo check: " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            err.println("sampo check: " + reason(e));
            return FAILED;
        } catch (RuntimeException | InternalError e) {
            err.println("sampo check: internal error, please report it: " + e);
            e.printStackTrace(err);
            return FAILED;
        }
    }

    /// The system's own exceptions say no more than the name of the file.
    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> denied.getFile() + ": permission denied; run it as the user that owns the file";
            case FileSystemException other -> other.getFile() + ": " + other.getClass().getSimpleName().replace("Exception", "")
                + (other.getReason() == null ? "" : ", " + other.getReason());
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }

    private void parse(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            final String argument = arguments.get(i);
            if (argument.equals("--repair")) {
                repairs = true;
            } else if (argument.equals("--convert")) {
                if (++i == arguments.size() || target != null) {
                    throw new StartFailure("--convert takes one target (--help tells more)");
                }
                target = Path.of(arguments.get(i));
            } else if (argument.startsWith("-")) {
                throw new StartFailure("argument '" + argument + "': expected a path, --repair or --convert (--help tells more)");
            } else {
                paths.add(Path.of(argument));
            }
        }
        if (paths.isEmpty()) {
            throw new StartFailure("which file or directory? (--help tells more)");
        }
    }

    private int run() throws IOException {
        final List<Source> sources = new ArrayList<>();
        for (Path path : paths) {
            sources.addAll(Source.at(path));
        }
        try {
            if (target != null && sources.size() > 1) {
                throw new StartFailure("there are several things to convert; name one of them: "
                    + String.join(", ", sources.stream().map(source -> source.path().toString()).toList()));
            }
            boolean sound = true;
            for (Source source : sources) {
                sound &= isSound(source);
            }
            if (sound && target != null) {
                return convert(sources.getFirst());
            } else if (!sound && target != null) {
                out.println("not converted: the data are damaged");
            }
            return sound ? SOUND : DAMAGED;
        } finally {
            for (Source source : sources) {
                source.close();
            }
        }
    }

    private boolean isSound(Source source) throws IOException {
        out.println(source.path() + " is " + source.kind());
        List<Finding> findings = check(source);
        if (repairs && !isSound(findings)) {
            final List<String> done = source.repair();
            if (done.isEmpty()) {
                out.println("  not repaired: restore a copy");
                return false;
            }
            done.forEach(line -> out.println("  repaired: " + line));
            findings = check(source);
        }
        out.println(isSound(findings) ? "sound" : "damaged");
        return isSound(findings);
    }

    private List<Finding> check(Source source) throws IOException {
        final List<Finding> findings = source.check();
        findings.forEach(finding -> out.println("  " + finding));
        return findings;
    }

    private static boolean isSound(List<Finding> findings) {
        return findings.stream().allMatch(Finding::isSound);
    }

    private int convert(Source source) throws IOException {
        try {
            final long keys = new Converter(Version.get(), Clock.SYSTEM.unixMillis()).convert(source, target);
            out.println("converted: " + keys + " keys to " + target);
            return SOUND;
        } catch (DamagedLogException e) {
            out.println("not converted: " + e.file() + ", byte " + e.offset() + ": " + e.what());
            return DAMAGED;
        }
    }
}
