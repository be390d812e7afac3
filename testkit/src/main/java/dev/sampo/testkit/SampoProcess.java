package dev.sampo.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Sampo as its users start it: the `./sampo` of this repository in a child process, on a free loopback port,
/// without persistence, in a temporary directory.
public final class SampoProcess implements ServerUnderTest {
    private final ServerProcess process;
    private final int port;
    private final String name;

    private SampoProcess(ServerProcess process, int port, String name) {
        this.process = process;
        this.port = port;
        this.name = name;
    }

    /// True when the launcher stands at the repository's root.
    public static boolean available() {
        return root() != null && Files.isExecutable(root().resolve("sampo"));
    }

    /// The nearest directory upwards that holds the launcher or the testkit module; null when there is none.
    static Path root() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("testkit")) && Files.isRegularFile(at.resolve("pom.xml"))) {
                return at;
            }
        }
        return null;
    }

    /// @param shards    1 or more
    /// @param transport `uring`, `stream` or `auto`
    /// @param flags     added to the command line
    public static SampoProcess start(int shards, String transport, String... flags) {
        final int port = ServerProcess.freePort();
        final Path directory = ServerProcess.temporaryDirectory();
        final List<String> command = new ArrayList<>(List.of("./sampo", "--port", Integer.toString(port), "--shards",
                Integer.toString(shards), "--dir", directory.toString(), "--appendonly", "no", "--save", "", "--transport",
                        transport));
        command.addAll(List.of(flags));
        // The first start may have to build.
        final ServerProcess process = ServerProcess.start(command, root(), directory, port, Duration.ofSeconds(120));
        return new SampoProcess(process, port, "sampo-" + shards + "-" + transport);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int port() {
        return port;
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
