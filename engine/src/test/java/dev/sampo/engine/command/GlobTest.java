package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GlobTest {
    private static boolean matches(String pattern, String text, boolean ignoreCase) {
        byte[] p = pattern.getBytes(StandardCharsets.ISO_8859_1);
        byte[] t = text.getBytes(StandardCharsets.ISO_8859_1);
        long pattern0 = OffHeap.allocate(p.length);
        long text0 = OffHeap.allocate(t.length);
        OffHeap.copyFrom(p, 0, pattern0, p.length);
        OffHeap.copyFrom(t, 0, text0, t.length);
        try {
            return Glob.matches(pattern0, p.length, text0, t.length, ignoreCase);
        } finally {
            OffHeap.free(pattern0, p.length);
            OffHeap.free(text0, t.length);
        }
    }

    @Test
    void patterns_matchWhatTheyMean() {
        String[] yes = {"*|x", "h?llo|hello", "h*llo|heeeello", "h*llo|hllo", "h[ae]llo|hallo", "h[^e]llo|hallo",
            "h[a-b]llo|hbllo", "h[b-a]llo|hallo", "a\\*|a*", "a\\|a\\", "[abc|b", "[a\\]]|]", "a*b*c|aXbXbXc", "**a|a",
            "[\u00E0-\u00FF]|\u00F0", "|", "[^]|x", "*\\?|what?"};
        String[] no = {"h?llo|hllo", "h[^e]llo|hello", "h[a-b]llo|hcllo", "a\\*|ab", "[abc|d", "a*b*c|aXbX", "a|", "*|", "|a",
            "[]|x", "A|a"};
        for (String each : yes) {
            assertThat(matches(each.substring(0, each.indexOf('|')), each.substring(each.indexOf('|') + 1), false))
                .as(each).isTrue();
        }
        for (String each : no) {
            assertThat(matches(each.substring(0, each.indexOf('|')), each.substring(each.indexOf('|') + 1), false))
                .as(each).isFalse();
        }
        assertThat(yes.length + no.length).isEqualTo(29);
    }

    @Test
    void case_isIgnoredOnRequest() {
        assertThat(matches("MAX[a-c]*", "maxBytes", true)).isTrue();
        assertThat(matches("MAX[a-c]*", "maxBytes", false)).isFalse();
        assertThat(matches("max\\B*", "MAXb", true)).isTrue();
    }
}
