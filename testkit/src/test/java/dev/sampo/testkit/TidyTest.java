package dev.sampo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What no source file may hold. Looks at texts, so that comments and tests are covered, too.
class TidyTest {
    private static final Set<String> MODULES = Set.of("app", "bench", "embedded", "engine", "io-uring-native", "persistence",
        "resp-codec", "shard-actors", "testkit");
    private static final int COLUMNS_MAX = 200;
    private static final List<Source> SOURCES = sources();

    /// Where code may ask what time it is: implementations of the engine's clock, and the programs around the server.
    private static final Set<String> CLOCKS = Set.of("Clock.java", "SystemClock.java");
    /// Packages whose code runs for every command or byte.
    private static final Pattern HOT =
        Pattern.compile("(resp-codec|engine|io-uring-native)/src/main/.*|shard-actors/src/main/java/dev/sampo/net/.*");

    /// @param path from the repository's root
    private record Source(String path, List<String> lines) {
        boolean isMain() {
            return path.contains("/src/main/");
        }

        boolean isServer() {
            return isMain() && !path.startsWith("bench/") && !path.startsWith("testkit/");
        }

        String fileName() {
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    private static List<Source> sources() {
        final Path root = SampoProcess.root();
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java") && !root.relativize(file).toString().contains("target/"))
                .sorted().map(file -> read(root, file)).toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Source read(Path root, Path file) {
        try {
            return new Source(root.relativize(file).toString(), Files.readAllLines(file));
        } catch (IOException e) {
            throw new IllegalStateException(file.toString(), e);
        }
    }

    /// The places where `banned` occurs in the chosen files; fails when it looked at fewer than `filesMin`.
    private static List<String> places(Predicate<Source> chosen, int filesMin, Pattern banned) {
        final List<String> found = new ArrayList<>();
        int looked = 0;
        for (Source source : SOURCES) {
            // This file names what it bans.
            if (!chosen.test(source) || source.fileName().equals("TidyTest.java")) {
                continue;
            }
            looked++;
            for (int i = 0; i < source.lines().size(); i++) {
                if (banned.matcher(source.lines().get(i)).find()) {
                    found.add(source.path() + ":" + (i + 1) + ": " + source.lines().get(i).strip());
                }
            }
        }
        assertThat(looked).isGreaterThanOrEqualTo(filesMin);
        return found;
    }

    @Test
    void sources_ofEveryModule_areLookedAt() {
        assertThat(SOURCES.stream().map(source -> source.path().substring(0, source.path().indexOf('/')))).containsAll(MODULES);
        assertThat(SOURCES).hasSizeGreaterThan(250);
        assertThat(SOURCES.stream().filter(Source::isServer)).hasSizeGreaterThan(150);
    }

    @Test
    void time_comesFromClocks() {
        assertThat(places(source -> source.isServer() && source.path().matches("(resp-codec|engine|io-uring-native|embedded)/.*")
            && !CLOCKS.contains(source.fileName()), 70,
            Pattern.compile("System\\.(currentTimeMillis|nanoTime)|Instant\\.now|Clock\\.system"))).isEmpty();
        assertThat(places(source -> source.isServer() && !CLOCKS.contains(source.fileName()), 150,
            Pattern.compile("System\\.currentTimeMillis"))).isEmpty();
    }

    @Test
    void chance_comesFromTheRng() {
        assertThat(places(Source::isServer, 150, Pattern.compile("java\\.util\\.Random\\b|Math\\.random|ThreadLocalRandom")))
            .isEmpty();
    }

    @Test
    void hotPackages_doNotFormat() {
        assertThat(places(source -> HOT.matcher(source.path()).matches(), 80,
            Pattern.compile("String\\.format\\(|\\.formatted\\("))).isEmpty();
    }

    @Test
    void server_printsNothingByItself() {
        assertThat(places(source -> source.isServer() && !source.path().startsWith("app/"), 130,
            Pattern.compile("System\\.(out|err)\\b|printStackTrace"))).isEmpty();
    }

    @Test
    void server_usesNoTricks() {
        assertThat(places(Source::isMain, 180, Pattern.compile("sun\\.misc|jdk\\.internal|setAccessible|@Deprecated\\b|lombok")))
            .isEmpty();
    }

    @Test
    void nothing_isLeftForLater() {
        assertThat(places(_ -> true, 250, Pattern.compile("\\b(TODO|FIXME|XXX|HACK)\\b|@Disabled|@Ignore\\b"))).isEmpty();
    }

    @Test
    void nothing_namesOneMachine() {
        assertThat(places(_ -> true, 250, Pattern.compile("\"/(home|root|work|Users)/|file:///"))).isEmpty();
    }

    @Test
    void ioUringNative_hasNoWordsOfRedis() {
        assertThat(places(source -> source.path().startsWith("io-uring-native/src/main/"), 14,
            Pattern.compile("(?i)redis|\\bresp[23]?\\b|keyspace|\\bshards?\\b|sampo\\.(resp|engine|shard|net)"))).isEmpty();
    }

    @Test
    void lines_fitTheColumns() {
        assertThat(places(_ -> true, 250, Pattern.compile("^.{" + (COLUMNS_MAX + 1) + ",}$"))).isEmpty();
    }

    @Test
    void lines_haveNoTabsAndNoBlanksAtTheirEnd() {
        assertThat(places(_ -> true, 250, Pattern.compile("\t|\\s$"))).isEmpty();
    }

    @Test
    void modules_dependInOneDirectionInTheirPoms() throws IOException {
        int looked = 0;
        for (String module : MODULES) {
            final String pom = Files.readString(SampoProcess.root().resolve(module).resolve("pom.xml"));
            if (!module.equals("bench")) {
                assertThat(pom.replace("<artifactId>" + module + "</artifactId>", "")).as(module)
                    .doesNotContain("<artifactId>testkit<", "<artifactId>bench<");
            }
            looked++;
        }
        assertThat(looked).isEqualTo(MODULES.size());
    }
}
