package dev.sampo.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// The `redis-server` of this machine on a free loopback port, without persistence, in a temporary directory.
public final class RedisServerProcess implements ServerUnderTest {
    private final ServerProcess process;
    private final int port;

    private RedisServerProcess(ServerProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /// True when `redis-server` is on the PATH.
    public static boolean available() {
        return onPath("redis-server");
    }

    static boolean onPath(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    /// @param flags added to the command line, for example `--requirepass`, `secret`
    public static RedisServerProcess start(String... flags) {
        final int port = ServerProcess.freePort();
        final Path directory = ServerProcess.temporaryDirectory();
        final List<String> command = new ArrayList<>(List.of("redis-server", "--port", Integer.toString(port), "--bind",
                "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory.toString(), "--enable-debug-command",
                "local"));
        command.addAll(List.of(flags));
        return new RedisServerProcess(ServerProcess.start(command, directory, directory, port, Duration.ofSeconds(20)), port);
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public boolean reference() {
        return true;
    }

    @Override
    public OptionalLong pid() {
        return OptionalLong.of(process.pid());
    }

    /// False when the process has ended, for example by a crash.
    public boolean alive() {
        return process.alive();
    }

    @Override
    public String output() {
        return process.output();
    }

    @Override
    public void close() {
        process.close();
    }
}
