package dev.sampo.app;

/// The server program; `--help` tells what it takes.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        final int exitCode = Bootstrap.run(arguments, Configuration.Surroundings.ofProcess(), RealNode::start, System.out,
            System.err);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }
}
