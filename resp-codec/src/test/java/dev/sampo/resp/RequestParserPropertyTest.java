package dev.sampo.resp;

import static dev.sampo.resp.ParsedInput.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/// Random input, cut anywhere, always between guard pages; see [ParsedInput] for what is asserted on the way.
class RequestParserPropertyTest {
    private static final String ODD = "*$\r\n0123456789-+ \"'\\x\tabz\0\377:";
    private static int inputs;

    @AfterContainer
    static void countInputs() {
        assertThat(inputs).isGreaterThan(4000);
        System.out.println("RequestParserPropertyTest parsed " + inputs + " random inputs");
    }

    @Property(tries = 400)
    void commands_splitAnywhere_parseToTheSameArguments(@ForAll long seed) {
        Random random = new Random(seed);
        List<List<String>> expected = new ArrayList<>();
        byte[] input = bytes(randomCommands(random, expected));
        ParsedInput byByte = ParsedInput.arriving(input, new RequestParser(), n -> n + 1);
        ParsedInput byPiece = ParsedInput.arriving(input, new RequestParser(), n -> n + 1 + random.nextInt(60));
        ParsedInput whole = ParsedInput.whole(input);
        ParsedInput wanted = new ParsedInput(expected, ParsedInput.NO_ERROR, 0);
        assertThat(whole).isEqualTo(wanted);
        assertThat(byByte).isEqualTo(wanted);
        assertThat(byPiece).isEqualTo(wanted);
        for (int cut = 1; cut < Math.min(input.length, 200); cut++) {
            int first = cut;
            assertThat(ParsedInput.arriving(input, new RequestParser(), n -> n < first ? first : input.length)).isEqualTo(wanted);
            inputs++;
        }
        inputs++;
    }

    @Property(tries = 2000)
    void randomBytes_neverCrash_andDoNotDependOnCuts(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] input = new byte[1 + random.nextInt(200)];
        if (random.nextBoolean()) {
            random.nextBytes(input);
        } else {
            for (int i = 0; i < input.length; i++) {
                input[i] = (byte) ODD.charAt(random.nextInt(ODD.length()));
            }
        }
        requireSameHoweverCut(input, random);
    }

    @Property(tries = 2000)
    void damagedCommands_neverCrash_andDoNotDependOnCuts(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] input = bytes(randomCommands(random, new ArrayList<>()));
        for (int i = 1 + random.nextInt(3); i > 0 && input.length > 0; i--) {
            input[random.nextInt(input.length)] = (byte) ODD.charAt(random.nextInt(ODD.length()));
        }
        requireSameHoweverCut(input, random);
    }

    private static void requireSameHoweverCut(byte[] input, Random random) {
        ParsedInput whole = ParsedInput.whole(input);
        assertThat(ParsedInput.arriving(input, new RequestParser(), n -> n + 1)).isEqualTo(whole);
        assertThat(ParsedInput.arriving(input, new RequestParser(), n -> n + 1 + random.nextInt(40))).isEqualTo(whole);
        inputs++;
    }

    /// One to four commands, inline or as arrays, some with many arguments.
    private static String randomCommands(Random random, List<List<String>> expected) {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            boolean inline = random.nextInt(3) == 0;
            List<String> words = new ArrayList<>();
            for (int j = random.nextInt(10) == 0 ? 20 + random.nextInt(30) : 1 + random.nextInt(5); j > 0; j--) {
                words.add(randomWord(random));
            }
            text.append(inline ? inline(words, random) : array(words));
            expected.add(words);
        }
        return text.toString();
    }

    private static String randomWord(Random random) {
        int length = random.nextInt(8) == 0 ? random.nextInt(300) : random.nextInt(12);
        StringBuilder word = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            word.append((char) random.nextInt(256));
        }
        return word.toString();
    }

    private static String array(List<String> words) {
        StringBuilder text = new StringBuilder("*" + words.size() + "\r\n");
        words.forEach(word -> text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n"));
        return text.toString();
    }

    private static String inline(List<String> words, Random random) {
        StringBuilder text = new StringBuilder();
        for (String word : words) {
            text.append(" ".repeat(text.isEmpty() ? 0 : 1 + random.nextInt(2))).append('"');
            for (char c : word.toCharArray()) {
                boolean plain = c >= ' ' && c != '"' && c != '\\' && random.nextBoolean();
                text.append(plain ? String.valueOf(c) : String.format("\\x%02x", (int) c));
            }
            text.append('"');
        }
        return text.append(random.nextBoolean() ? "\r\n" : "\n").toString();
    }
}
