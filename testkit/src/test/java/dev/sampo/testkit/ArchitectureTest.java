package dev.sampo.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Which module may know which: arrows that must not be turned round.
/// ```
/// app -> embedded, shard-actors -> persistence -> engine -> resp-codec
///                  shard-actors -> io-uring-native
/// ```
class ArchitectureTest {
    private static final JavaClasses ALL =
        new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).withImportOption(ArchitectureTest::isNoTestJar).importPackages("dev.sampo");

    /// A build that packages meets the tests of other modules as jars.
    private static boolean isNoTestJar(Location location) {
        return !location.contains("-tests.jar");
    }

    private static final String RESP = "dev.sampo.resp..";
    private static final String URING = "dev.sampo.uring..";
    private static final String ENGINE = "dev.sampo.engine..";
    private static final String PERSIST = "dev.sampo.persist..";
    private static final String SHARD = "dev.sampo.shard..";
    private static final String NET = "dev.sampo.net..";
    private static final String EMBEDDED = "dev.sampo.embedded..";
    private static final String APP = "dev.sampo.app..";
    private static final String TESTKIT = "dev.sampo.testkit..";
    private static final String BENCH = "dev.sampo.bench..";
    private static final String JDK = "java..";

    /// Rules about nothing pass: each package must be there with about the classes it has.
    @Test
    void packages_areAllFound() {
        final Map<String, Integer> atLeast = Map.of(RESP, 15, URING, 15, "dev.sampo.engine", 15, "dev.sampo.engine.memory", 4,
            "dev.sampo.engine.keyspace", 6, "dev.sampo.engine.command", 25, SHARD, 60, NET, 8, EMBEDDED, 5, APP, 20);
        atLeast.forEach((name, count) -> assertThat(ALL.that(resideInAPackage(name)).size()).as(name).isGreaterThanOrEqualTo(count));
        assertThat(ALL.that(resideInAPackage(TESTKIT)).size()).isGreaterThan(20);
        assertThat(ALL.contain(ArchitectureTest.class)).isFalse();
    }

    @Test
    void respCodec_andIoUringNative_knowTheJdkOnly() {
        classes().that().resideInAPackage(RESP).should().onlyDependOnClassesThat().resideInAnyPackage(RESP, JDK).check(ALL);
        classes().that().resideInAPackage(URING).should().onlyDependOnClassesThat().resideInAnyPackage(URING, JDK).check(ALL);
    }

    @Test
    void engine_knowsTheCodecAndTheJdkOnly() {
        classes().that().resideInAPackage(ENGINE).should().onlyDependOnClassesThat().resideInAnyPackage(ENGINE, RESP, JDK)
            .check(ALL);
    }

    @Test
    void engine_hasNoSocketsAndNoFiles() {
        noClasses().that().resideInAPackage(ENGINE).should().dependOnClassesThat(
            resideInAnyPackage("java.net..", "java.nio.channels..", "java.nio.file..")).check(ALL);
        noClasses().that().resideInAPackage(ENGINE).should().dependOnClassesThat().haveFullyQualifiedName("java.io.File")
            .orShould().dependOnClassesThat().haveNameMatching("java\\.io\\.(File.+|RandomAccessFile)").check(ALL);
    }

    /// Inside the engine: memory below keyspace; commands and the context that they see are one circle by design, so nothing
    /// below may know them.
    @Test
    void engine_memoryAndKeyspace_doNotLookUp() {
        classes().that().resideInAPackage("dev.sampo.engine.memory").should().onlyDependOnClassesThat()
            .resideInAnyPackage("dev.sampo.engine.memory", RESP, JDK).check(ALL);
        // The port for chance is all that a keyspace takes from outside.
        classes().that().resideInAPackage("dev.sampo.engine.keyspace").should().onlyDependOnClassesThat(
            resideInAnyPackage("dev.sampo.engine.keyspace", "dev.sampo.engine.memory", RESP, JDK).or(name("dev.sampo.engine.Rng")))
            .check(ALL);
    }

    @Test
    void modules_doNotLookUp() {
        lower(PERSIST, SHARD, NET, EMBEDDED, APP).allowEmptyShould(true).check(ALL);
        lower(SHARD, EMBEDDED, APP).check(ALL);
        lower(NET, EMBEDDED, APP).check(ALL);
        lower(EMBEDDED, APP).check(ALL);
        lower(APP, EMBEDDED).check(ALL);
        noClasses().that(not(resideInAnyPackage(TESTKIT, BENCH))).should().dependOnClassesThat()
            .resideInAnyPackage(TESTKIT, BENCH).check(ALL);
    }

    private static ArchRule lower(String module, String... above) {
        return noClasses().that().resideInAPackage(module).should().dependOnClassesThat().resideInAnyPackage(above);
    }

    @Test
    void pekkoAndHocon_stayAboveTheEngine() {
        noClasses().that().resideInAnyPackage(RESP, URING, ENGINE, PERSIST).should().dependOnClassesThat()
            .resideInAnyPackage("org.apache.pekko..", "com.typesafe..").check(ALL);
        noClasses().that().resideInAPackage("dev.sampo.shard.config..").should().dependOnClassesThat()
            .resideInAnyPackage("org.apache.pekko..", "com.typesafe..").check(ALL);
        noClasses().that().resideOutsideOfPackages(SHARD, NET, APP).should().dependOnClassesThat()
            .resideInAPackage("org.apache.pekko..").check(ALL);
    }

    /// The store half of the embedded module runs without actors, sockets and transports on the class path.
    @Test
    void embeddedStore_knowsTheEngineOnly() {
        classes().that().haveNameMatching("dev\\.sampo\\.embedded\\.(SampoStore|SampoDatabase|SampoException).*").should()
            .onlyDependOnClassesThat(resideInAnyPackage(ENGINE, RESP, JDK).or(embeddedStore())).check(ALL);
    }

    private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> embeddedStore() {
        return com.tngtech.archunit.base.DescribedPredicate.describe("the store half",
            type -> type.getName().matches("dev\\.sampo\\.embedded\\.(SampoStore|SampoDatabase|SampoException).*"));
    }

    /// A rule that is broken must be reported.
    @Test
    void brokenRule_isReported() {
        final ArchRule wrong = lower(SHARD, ENGINE);
        assertThatThrownBy(() -> wrong.check(ALL)).isInstanceOf(AssertionError.class).hasMessageContaining("dev.sampo.engine");
    }
}
