package dev.sampo.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A temporary directory with the node clients installed by npm, made once for the run.
final class NodePackages {
    private static final Path DIRECTORY = install();

    private NodePackages() {
    }

    /// Null when npm could not install.
    static Path directory() {
        return DIRECTORY;
    }

    private static Path install() {
        try {
            final Path directory = Files.createTempDirectory("sampo-node-");
            final Process npm = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix",
                    directory.toString(),
                    "ioredis@5", "redis@5").redirectErrorStream(true).redirectOutput(directory.resolve("npm.log").toFile())
                            .start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> ServerProcess.delete(directory)));
            if (!npm.waitFor(120, TimeUnit.SECONDS)) {
                npm.destroyForcibly();
                return null;
            }
            return npm.exitValue() == 0 ? directory : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

}
