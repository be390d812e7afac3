package dev.sampo.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EventClassTest {
    @Test
    void letters_areReadAndWrittenAsRedisDoes() {
        String[][] cases = {{"", ""}, {"KEA", "AKE"}, {"gnKEm", "gnKEm"}, {"g$lshzxetdKE", "AKE"}, {"g$nmK", "g$nKm"},
            {"n", "n"}, {"AKEm", "AKEm"}, {"Ex", "xE"}, {"KEAn", "AKEn"}};
        for (String[] each : cases) {
            assertThat(EventClass.format(EventClass.parse(each[0]))).isEqualTo(each[1]);
        }
        assertThat(EventClass.parse("KEq")).isEqualTo(-1);
        assertThat(cases.length).isEqualTo(9);
    }

    @Test
    void nothingIsReported_withoutAKindOfChannel() {
        assertThat(Settings.DEFAULT.withNotifyFlags(EventClass.parse("A")).eventClasses()).isZero();
        assertThat(Settings.DEFAULT.withNotifyFlags(EventClass.parse("Kg")).eventClasses())
            .isEqualTo(EventClass.KEYSPACE | EventClass.GENERIC);
    }
}
