package dev.sampo.resp;

import static dev.sampo.resp.ParsedInput.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The parser beside a redis-server: the same bytes give the same requests and the same protocol errors.
class RedisComparisonTest {
    private static final String ERROR = "ERR Protocol error: ";
    private static RedisServer redis;
    private static RedisServer locked;
    private static int compared;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(RedisServer.isInstalled(), "NOT COMPARED WITH REDIS: no redis-server in the PATH");
        redis = RedisServer.start();
        locked = RedisServer.start("--requirepass", "secret");
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            redis.close();
            System.out.println("RedisComparisonTest compared " + compared + " inputs with redis-server");
        }
        if (locked != null) {
            locked.close();
        }
    }

    @Test
    void protocolErrors_haveTheSameTextOnTheSameInput() throws IOException {
        String[] inputs = {
            "*a\r\n", "*\r\n", "*03\r\n", "*+3\r\n", "* 3\r\n", "*-0\r\n", "*2147483648\r\n", "*99999999999999999999\r\n",
            "*1\r\n:1\r\n", "*1\r\nx\r\n", "*2\r\n$1\r\na\r\nx\r\n", "*1\r\n\r\n", "*1\r\n$\r\n", "*1\r\n$-1\r\n",
            "*1\r\n$01\r\n", "*1\r\n$00\r\n", "*1\r\n$1a\r\n", "*1\r\n$536870913\r\n", "*1\r\n$18446744073709551617\r\n",
            "SET \"a\r\n", "SET 'a\r\n", "SET \"a\"b\r\n", "SET 'a'b\r\n", "SET \"a\\\r\n", "a".repeat(65_537),
            "*" + "1".repeat(65_536), "*1\r\n$" + "1".repeat(65_536), "*1\r\n" + "x".repeat(65_537),
        };
        for (String input : inputs) {
            String error = compare(bytes(input));
            assertThat(error).as("an error for %.30s", input).startsWith(ERROR);
        }
        assertThat(inputs).hasSize(28);
    }

    @Test
    void inputWithoutError_givesAsManyReplies() throws IOException {
        String[] inputs = {
            "PING\r\n", "\r\n\nPING\n", "*0\r\n*-1\r\nPING\r\n", "*-9223372033119076625\r\nPING\r\n", "a".repeat(65_536),
            "*1\rx$4\rxPINGyy*1\r\n$4\r\nPING\r\n", "PI\0NG\r\nPING\r\n", "*1\0\r\n", "*1\r\n$4\0\r\nPING\r\n",
            "*" + "1".repeat(65_535),
            "*1\r\n$536870912\r\n", "*1\r\n", "*1", "*1\r", "*1\r\n$4\r", "*1\r\n$4\r\nPING", "*1\r\n$4\r\nPING\r",
        };
        for (String input : inputs) {
            assertThat(compare(bytes(input))).as("%.30s", input).isEmpty();
        }
        assertThat(inputs).hasSize(17);
    }

    @Test
    void unauthenticatedInput_isRefusedInTheSameWords() throws IOException {
        String[] inputs = {"*11\r\n", "*10\r\n", "*1\r\n$16385\r\n", "*1\r\n$16384\r\n", "*1048577\r\n", "*2147483648\r\n",
            "*1\r\n$536870913\r\n", "PING\r\n"};
        int errors = 0;
        for (String input : inputs) {
            RequestParser parser = new RequestParser();
            parser.authenticated(false);
            ParsedInput ours = ParsedInput.arriving(bytes(input), parser, n -> input.length());
            assertThat(errorOf(locked.exchange(bytes(input)))).as(input).isEqualTo(ours.error());
            errors += ours.error().isEmpty() ? 0 : 1;
            compared++;
        }
        assertThat(errors).isEqualTo(5);
    }

    /// A script that returns its arguments shows how the server has split the line.
    @Test
    void inlineLines_areSplitIntoTheSameWords() throws IOException {
        Random random = new Random(17);
        String odd = "\"\"\"''\\\\x4aA\r\t\013\f bnrt \377z";
        int split = 0;
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            StringBuilder text = new StringBuilder("EVAL \"return ARGV\" 0 ");
            for (int j = random.nextInt(16); j > 0; j--) {
                text.append(odd.charAt(random.nextInt(odd.length())));
            }
            byte[] line = bytes(text.append('\n').toString());
            ParsedInput ours = ParsedInput.whole(line);
            List<Reply> theirs = redis.exchange(line);
            assertThat(theirs).hasSize(1);
            if (ours.error().isEmpty()) {
                List<String> words = ours.requests().getFirst();
                assertThat(wordsOf(theirs.getFirst())).as("%s", text).isEqualTo(words.subList(3, words.size()));
                split++;
            } else {
                assertThat(errorOf(theirs)).as("%s", text).isEqualTo(ours.error());
                refused++;
            }
            compared++;
        }
        assertThat(split).isGreaterThan(500);
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void damagedPipelines_giveTheSameErrorAfterTheSameNumberOfReplies() throws IOException {
        Random random = new Random(23);
        String odd = "*$\r\n0123456789- \"'x\0:";
        int errors = 0;
        for (int i = 0; i < 3000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = 1 + random.nextInt(5); j > 0; j--) {
                String word = "w".repeat(random.nextInt(14));
                text.append(random.nextInt(4) == 0 ? "ECHO '" + word + "'\r\n"
                    : "*2\r\n$4\r\nECHO\r\n$" + word.length() + "\r\n" + word + "\r\n");
            }
            for (int j = random.nextInt(4); j > 0; j--) {
                text.setCharAt(random.nextInt(text.length()), odd.charAt(random.nextInt(odd.length())));
            }
            errors += compare(bytes(text.toString())).isEmpty() ? 0 : 1;
        }
        assertThat(errors).isBetween(500, 2500);
    }

    /// Requires that the server gives a reply to each request that the parser finds, and then its error if it has one.
    private static String compare(byte[] input) throws IOException {
        ParsedInput ours = ParsedInput.whole(input);
        List<Reply> theirs = redis.exchange(input);
        String shown = new String(input, 0, Math.min(input.length, 300), StandardCharsets.ISO_8859_1);
        if (ours.error().isEmpty()) {
            assertThat(theirs).as("%s", shown).hasSize(ours.requests().size());
        } else {
            assertThat(errorOf(theirs)).as("%s", shown).isEqualTo(ours.error().replace('\r', ' ').replace('\n', ' '));
            assertThat(theirs).as("%s", shown).hasSize(ours.requests().size() + 1);
        }
        compared++;
        return ours.error();
    }

    private static String errorOf(List<Reply> replies) {
        return !replies.isEmpty() && replies.getLast() instanceof Reply.Failure failure && failure.message().startsWith(ERROR)
            ? failure.message() : "";
    }

    private static List<String> wordsOf(Reply reply) {
        assertThat(reply).isInstanceOf(Reply.Array.class);
        List<String> words = new ArrayList<>();
        for (Reply element : ((Reply.Array) reply).elements()) {
            words.add(new String(((Reply.Bulk) element).bytes(), StandardCharsets.ISO_8859_1));
        }
        return words;
    }
}
