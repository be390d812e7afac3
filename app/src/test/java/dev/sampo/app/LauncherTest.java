package dev.sampo.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The shell scripts, run on a small copy of the repository with JDKs and a Maven that only print what they were asked.
class LauncherTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    /// What the scripts may use; nothing else is on the PATH of a test.
    private static final List<String> TOOLS = List.of("sh", "dirname", "readlink", "grep", "head", "cat", "find", "touch",
        "mkdir", "rm", "mv", "cp", "chmod");

    @TempDir
    private Path temporary;
    private Path root;
    private Path tools;
    private Path packaged;

    @BeforeEach
    void copyScripts() throws IOException {
        root = Files.createDirectory(temporary.resolve("root with blank"));
        tools = Files.createDirectory(temporary.resolve("tools"));
        packaged = root.resolve("app/target/sampo");
        for (String tool : TOOLS) {
            final Path real = Files.exists(Path.of("/bin", tool)) ? Path.of("/bin", tool) : Path.of("/usr/bin", tool);
            script(tools.resolve(tool), "exec " + real + " \"$@\"");
        }
        for (String script : List.of("sampo", "app/src/main/dist/bin/sampo", "app/src/main/dist/bin/sampo-aot",
            "app/src/main/dist/conf/jvm.options")) {
            Files.createDirectories(root.resolve(script).getParent());
            Files.copy(ROOT.resolve(script), root.resolve(script));
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.writeString(root.resolve("app/pom.xml"), "<project/>");
    }

    private void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// A JDK whose java prints its name and its arguments, one a line.
    private Path jdk(String name, String version) throws IOException {
        final Path home = temporary.resolve(name);
        script(home.resolve("bin/java"), "echo " + name + "; for a in \"$@\"; do echo \"[$a]\"; done");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    /// A Maven that packages the scripts and counts its runs.
    private void maven(String exit) throws IOException {
        script(tools.resolve("mvn"), """
            for a in "$@"; do echo "[$a]" >> '%1$s/mvn.log'; done
            mkdir -p '%2$s/lib' '%2$s/conf'
            cp -r '%3$s/bin' '%2$s'
            cp '%3$s/conf/jvm.options' '%2$s/conf'
            [ -f '%2$s/lib/sampo.jar' ] || touch '%2$s/lib/sampo.jar'
            %4$s""".formatted(temporary, packaged, root.resolve("app/src/main/dist"), exit));
    }

    private void installPackage() throws IOException, InterruptedException {
        maven("exit 0");
        assertThat(run(Map.of(), tools.resolve("mvn").toString()).exitCode()).isZero();
    }

    private Child.Result run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        return runIn(temporary, environment, command);
    }

    private Child.Result runIn(Path directory, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        final Map<String, String> variables = new HashMap<>(Map.of("PATH", tools.toString(), "JAVA_HOME", "", "HOME",
            temporary.toString()));
        variables.putAll(environment);
        try (Child child = Child.start(directory, variables, List.of(command))) {
            return child.await();
        }
    }

    @Test
    void packagedScript_passesFlagsAndArgumentsThrough() throws Exception {
        installPackage();
        final Path jdk = jdk("new", "25.0.3");
        final Child.Result result = run(Map.of("JAVA_HOME", jdk.toString(), "SAMPO_JAVA_OPTS", "-Xmx1g -Da=b"),
            packaged.resolve("bin/sampo").toString(), "--save", "", "--requirepass", "two words", "*");
        assertThat(result.err()).isEmpty();
        final List<String> lines = new ArrayList<>(result.out().lines().toList());
        assertThat(lines.removeFirst()).isEqualTo("new");
        assertThat(lines).startsWith("[--enable-native-access=ALL-UNNAMED]")
            .containsSubsequence("[-Dsampo.home=" + packaged + "/conf]", "[-Xmx1g]", "[-Da=b]", "[-cp]",
                "[" + packaged + "/lib/sampo.jar]", "[dev.sampo.app.Main]", "[--save]", "[]", "[--requirepass]",
                "[two words]", "[*]")
            .doesNotContain("[-XX:AOTCache=" + packaged + "/aot/sampo.aot]");
    }

    @Test
    void packagedScript_usesTheAotCacheThatIsThere() throws Exception {
        installPackage();
        Files.createDirectory(packaged.resolve("aot"));
        Files.writeString(packaged.resolve("aot/sampo.aot"), "x");
        final Child.Result result = run(Map.of("JAVA_HOME", jdk("new", "25").toString()), packaged.resolve("bin/sampo")
            .toString());
        assertThat(result.out()).contains("[-XX:AOTCache=" + packaged + "/aot/sampo.aot]");
    }

    @Test
    void aotScript_keepsTheCacheOnlyAfterAGoodRun_andNeverFails() throws Exception {
        installPackage();
        final Path jdk = jdk("new", "25");
        final String script = packaged.resolve("bin/sampo-aot").toString();
        script(jdk.resolve("bin/java"), "for a in \"$@\"; do case $a in -XX:AOTCacheOutput=*) echo x > \"${a#*=}\";; esac; done");
        assertThat(run(Map.of("JAVA_HOME", jdk.toString()), script)).isEqualTo(new Child.Result(0, "", ""));
        assertThat(packaged.resolve("aot/sampo.aot")).exists();
        script(jdk.resolve("bin/java"), "echo no ring; exit 3");
        final Child.Result failed = run(Map.of("JAVA_HOME", jdk.toString()), script);
        assertThat(failed.exitCode()).isZero();
        assertThat(failed.out()).startsWith("sampo: no AOT cache was made").hasLineCount(1);
        assertThat(packaged.resolve("aot/sampo.aot")).doesNotExist();
        assertThat(packaged.resolve("aot/training.log")).hasContent("no ring");
    }

    @Test
    void jdks_areTakenByAgeThenByPlace() throws Exception {
        final String script = root.resolve("app/src/main/dist/bin/sampo").toString();
        final Path old = jdk("old", "17.0.12");
        final Path ancient = jdk("ancient", "1.8.0_402");
        final Path young = jdk("young", "26-ea");
        final Path sdkman = jdk(".sdkman/candidates/java/30.0", "30");
        assertThat(run(Map.of("JAVA_HOME", young.toString()), script, "--jdk").out()).isEqualTo(young + "\n");

        final Path java = Files.createSymbolicLink(tools.resolve("java"), young.resolve("bin/java"));
        for (Path tooOld : List.of(old, ancient, temporary.resolve("missing"))) {
            assertThat(run(Map.of("JAVA_HOME", tooOld.toString()), script, "--jdk").out()).isEqualTo(young + "\n");
        }
        Files.delete(java);
        replaceMinimum(Path.of(script), 30);
        assertThat(run(Map.of("JAVA_HOME", young.toString()), script, "--jdk").out()).isEqualTo(sdkman + "\n");
    }

    /// The machine that runs the test has a good JDK in a place that the script looks at, so that a missing one needs a higher
    /// bar.
    private static void replaceMinimum(Path script, int version) throws IOException {
        final String text = Files.readString(script);
        assertThat(text).contains("\nmin_version=25\n");
        Files.writeString(script, text.replace("min_version=25", "min_version=" + version));
    }

    @Test
    void jdkWithoutReleaseFile_isAsked() throws Exception {
        final Path jdk = jdk("asked", "25");
        Files.delete(jdk.resolve("release"));
        script(jdk.resolve("bin/java"), "echo 'openjdk version \"25.0.1\" 2025-10-21' >&2");
        final String script = root.resolve("app/src/main/dist/bin/sampo").toString();
        assertThat(run(Map.of("JAVA_HOME", jdk.toString()), script, "--jdk").out()).isEqualTo(jdk + "\n");
    }

    @Test
    void missingJdk_isOneLineAndExitCodeOne_withoutABuild() throws Exception {
        maven("exit 0");
        replaceMinimum(root.resolve("app/src/main/dist/bin/sampo"), 99);
        for (String script : List.of("sampo", "app/src/main/dist/bin/sampo")) {
            final Child.Result result = run(Map.of("JAVA_HOME", jdk("old", "25").toString()), root.resolve(script).toString());
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out()).isEmpty();
            assertThat(result.err()).isEqualTo("sampo: no JDK 99 or newer in JAVA_HOME, PATH, /usr/lib/jvm, SDKMAN or Homebrew; "
                + "install one (https://adoptium.net) or set JAVA_HOME\n");
        }
        assertThat(temporary.resolve("mvn.log")).doesNotExist();
    }

    @Test
    void rootScript_buildsOnceAndAgainAfterAChange_fromAnywhere() throws Exception {
        maven("exit 0");
        final Map<String, String> environment = Map.of("JAVA_HOME", jdk("new", "25").toString());
        final Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        final Path link = Files.createSymbolicLink(elsewhere.resolve("s"), Path.of("../root with blank/sampo"));

        final Child.Result first = runIn(elsewhere, environment, link.toString(), "--port", "7000");
        assertThat(first.exitCode()).isZero();
        assertThat(first.err()).isEqualTo("sampo: building (once after a change of the sources)\n");
        assertThat(first.out()).startsWith("new\n").contains("[-Dsampo.home=" + root + "]\n").endsWith("[--port]\n[7000]\n");
        assertThat(temporary.resolve("mvn.log")).content().contains("[" + root + "/pom.xml]", "[package]", "[-DskipTests]");

        assertThat(run(environment, root.resolve("sampo").toString()).err()).isEmpty();

        final Path source = root.resolve("engine/src/main/java/New.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "class New {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
        assertThat(run(environment, root.resolve("sampo").toString()).err()).contains("building");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(100)));
        assertThat(run(environment, root.resolve("sampo").toString()).err()).isEmpty();
    }

    @Test
    void rootScript_withoutMaven_saysSo() throws Exception {
        final Child.Result result = run(Map.of("JAVA_HOME", jdk("new", "25").toString()), root.resolve("sampo").toString());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
            .isEqualTo("sampo: not built yet, and Maven (mvn) is not on the PATH; install Maven 3.8 or newer\n");
    }

    @Test
    void rootScript_afterAFailedBuild_doesNotStart() throws Exception {
        maven("echo 'COMPILATION ERROR'; exit 1");
        final Child.Result result = run(Map.of("JAVA_HOME", jdk("new", "25").toString()), root.resolve("sampo").toString());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).endsWith("COMPILATION ERROR\nsampo: the build failed, see above\n");
    }
}
