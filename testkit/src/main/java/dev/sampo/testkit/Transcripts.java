package dev.sampo.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The golden transcripts on the class path: `transcripts/<family>/<command>.txt`.
public final class Transcripts {
    private Transcripts() {
    }

    /// All of them, by name. Never empty: a build without transcripts throws.
    public static List<Transcript> all() {
        try {
            final URI root = Transcripts.class.getResource("/transcripts").toURI();
            if (!"jar".equals(root.getScheme())) {
                return under(Path.of(root));
            }
            try (FileSystem jar = FileSystems.newFileSystem(root, Map.of())) {
                return under(jar.getPath("/transcripts"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /// All `.txt` files below a directory.
    static List<Transcript> under(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            final List<Transcript> transcripts =
                    files.filter(file -> file.toString().endsWith(".txt")).sorted().map(file -> read(root, file)).toList();
            if (transcripts.isEmpty()) {
                throw new IllegalStateException("no transcripts under " + root);
            }
            return transcripts;
        }
    }

    static Transcript read(Path root, Path file) {
        try {
            final String name = root.relativize(file).toString().replace(".txt", "");
            return Transcript.parse(name, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
