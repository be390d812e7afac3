package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.bench.RequestPages.Ranges;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RequestPagesTest {
    private static final ReplyCheck OK = ReplyCheck.ok();

    @Test
    void randomFields_stayInRangeAndReachItsEnds() {
        RequestPages pages = pages(List.of("GET key:{key} {member} {counter}"), 64, new Ranges(7, 3, 11));
        Pattern fields = Pattern.compile("key:(\\d{12})\r\n\\$12\r\n(\\d{12})\r\n\\$12\r\n(\\d{12})");
        Set<Long> keys = new HashSet<>();
        Set<Long> members = new HashSet<>();
        Set<Long> counters = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Matcher matcher = fields.matcher(text(pages.fill(0)));
            while (matcher.find()) {
                keys.add(Long.parseLong(matcher.group(1)));
                members.add(Long.parseLong(matcher.group(2)));
                counters.add(Long.parseLong(matcher.group(3)));
            }
        }
        assertThat(keys).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(members).containsExactlyInAnyOrder(0L, 1L, 2L);
        assertThat(counters).hasSize(11).allMatch(n -> n < 11);
    }

    @Test
    void randomKeys_areSpreadEvenly() {
        RequestPages pages = pages(List.of("GET key:{key}"), 100, new Ranges(10, 1, 1));
        int[] hits = new int[10];
        for (int i = 0; i < 1000; i++) {
            Matcher matcher = Pattern.compile("key:(\\d{12})").matcher(text(pages.fill(0)));
            while (matcher.find()) {
                hits[Integer.parseInt(matcher.group(1))]++;
            }
        }
        assertThat(hits).hasSize(10);
        for (int count : hits) {
            assertThat(count).isBetween(9_500, 10_500);
        }
    }

    @Test
    void largestRange_isPatchedWithAllItsDigits() {
        RequestPages pages = pages(List.of("ECHO {seq}"), 1, new Ranges(Ranges.MAX, 1, 1)).startSequence(99_999_998);
        assertThat(text(pages.fill(0))).isEqualTo("*2\r\n$4\r\nECHO\r\n$12\r\n000099999998\r\n");
        assertThat(text(pages.fill(0))).isEqualTo("*2\r\n$4\r\nECHO\r\n$12\r\n000099999999\r\n");
        assertThatThrownBy(() -> new Ranges(Ranges.MAX + 1, 1, 1)).hasMessageContaining("ranges");
        assertThatThrownBy(() -> new Ranges(1, 0, 1)).hasMessageContaining("ranges");
    }

    @Test
    void values_bearTheDigitsOfTheirKey() {
        RequestPages pages = pages(List.of("MSET key:{key} {value:m} key:{key} {value:m}"), 16, new Ranges(1_000_000, 1, 1));
        Matcher matcher = Pattern.compile("key:(\\d{12})\r\n\\$16\r\n(\\d{12})mmmm").matcher(text(pages.fill(0)));
        Set<String> keys = new HashSet<>();
        while (matcher.find()) {
            assertThat(matcher.group(2)).isEqualTo(matcher.group(1));
            keys.add(matcher.group(1));
        }
        assertThat(keys.size()).isBetween(30, 32);
    }

    @Test
    void cycle_comesOutEvenOverThePages() {
        List<String> lines = List.of("A 1", "B 2", "C 3");
        List<ReplyCheck> checks = List.of(ReplyCheck.integer(1), ReplyCheck.integer(2), ReplyCheck.integer(3));
        List<RequestTemplate> templates = lines.stream().map(line -> RequestTemplate.compile(line, 16)).toList();
        RequestPages pages = new RequestPages(templates, checks, 4, new Ranges(1, 1, 1), 1);
        assertThat(pages.count()).isEqualTo(3);
        List<String> order = new ArrayList<>();
        for (int page = 0; page < 3; page++) {
            Matcher matcher = Pattern.compile("[ABC]").matcher(text(pages.fill(page)));
            while (matcher.find()) {
                order.add(matcher.group());
            }
        }
        assertThat(String.join("", order)).isEqualTo("ABCABCABCABC");
        assertThat(pages.checks()).hasSize(12);
        for (int i = 0; i < 12; i++) {
            assertThat(pages.checks()[i]).isEqualTo(checks.get(i % 3));
        }
    }

    @Test
    void sameSeed_givesTheSameRequests() {
        String first = text(pages(List.of("GET {key}"), 50, new Ranges(1000, 1, 1)).fill(0));
        assertThat(text(pages(List.of("GET {key}"), 50, new Ranges(1000, 1, 1)).fill(0))).isEqualTo(first);
    }

    private static RequestPages pages(List<String> lines, int pipeline, Ranges ranges) {
        List<RequestTemplate> templates = lines.stream().map(line -> RequestTemplate.compile(line, 16)).toList();
        return new RequestPages(templates, lines.stream().map(line -> OK).toList(), pipeline, ranges, 42);
    }

    private static String text(ByteBuffer page) {
        byte[] bytes = new byte[page.remaining()];
        page.get(page.position(), bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
