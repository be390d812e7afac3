package dev.sampo.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;

/// The extension used as its users do; what a test leaves behind is looked at by the next one.
@ExtendWith(SampoExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SampoExtensionTest {
    private static final Set<Integer> PORTS = new HashSet<>();

    @Test
    @Order(1)
    void server_asParameter_isReady(SampoServer sampo) {
        PORTS.add(sampo.port());
        try (Jedis jedis = new Jedis(sampo.uri())) {
            assertThat(jedis.set("left", "behind")).isEqualTo("OK");
        }
    }

    @Test
    @Order(2)
    void server_ofTheNextTest_isTheSameAndEmpty(SampoServer sampo) {
        PORTS.add(sampo.port());
        try (Jedis jedis = new Jedis(sampo.uri())) {
            assertThat(jedis.dbSize()).isZero();
        }
    }

    @Nested
    class Inside {
        @Test
        void server_ofANestedClass_isThatOfTheOuterOne(SampoServer sampo) {
            PORTS.add(sampo.port());
        }
    }

    @AfterAll
    static void oneServer_servedAll() {
        assertThat(PORTS).hasSize(1);
    }

    @Nested
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    class Keeping {
        @RegisterExtension
        static final SampoExtension SAMPO = SampoExtension.of(SampoServer.builder().shards(2)).keepingData();

        @Test
        @Order(1)
        void extension_registeredByItself_usesItsSettings() {
            try (Jedis jedis = new Jedis(SAMPO.server().uri())) {
                assertThat(SAMPO.server().shards()).isEqualTo(2);
                assertThat(jedis.set("kept", "yes")).isEqualTo("OK");
            }
        }

        @Test
        @Order(2)
        void extension_keepingData_keepsThem() {
            try (Jedis jedis = new Jedis(SAMPO.server().uri())) {
                assertThat(jedis.get("kept")).isEqualTo("yes");
            }
        }
    }
}
