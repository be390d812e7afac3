package dev.sampo.shard.config;

import dev.sampo.engine.EventClass;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// How the text of a setting becomes a value and back. Error texts are Redis's.
///
/// @param <T> the value's Java type, immutable
sealed interface SettingType<T> {

    /// The value of the text.
    ///
    /// @param previous the value before, for types that change only what the text names; null when there is none
    /// @throws InvalidValue with the reason when the text has no value of this type
    T parse(String text, T previous) throws InvalidValue;

    /// The value as CONFIG GET prints it.
    String print(T value);

    /// What may be written, for the documentation.
    String describe();

    /// The value's text for the documentation, where bytes read better with a unit.
    default String printForPeople(T value) {
        return print(value);
    }

    /// A text without a value of its type; the message is the reason.
    final class InvalidValue extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidValue(String reason) {
            super(reason);
        }
    }

    private static void checkRange(long value, long min, long max) throws InvalidValue {
        if (value < min || value > max) {
            throw new InvalidValue("argument must be between " + min + " and " + max + " inclusive");
        }
    }

    /// The blank-separated words of a text; none for a blank text.
    private static List<String> words(String text) {
        final String trimmed = text.strip();
        return trimmed.isEmpty() ? List.of() : List.of(trimmed.split("\\s+"));
    }

    /// A whole number in a range; values above `clampMax` or below `clampMin` are taken as the nearest of the two.
    record Int(long min, long max, long clampMin, long clampMax) implements SettingType<Long> {
        Int(long min, long max) {
            this(min, max, min, max);
        }

        @Override
        public Long parse(String text, Long previous) throws InvalidValue {
            final long value = number(text);
            checkRange(value, min, max);
            return Math.clamp(value, clampMin, clampMax);
        }

        /// Stricter than `Long.parseLong`: no plus sign, no leading zeros, no other digits, as Redis does.
        private static long number(String text) throws InvalidValue {
            try {
                final long value = Long.parseLong(text);
                if (Long.toString(value).equals(text)) {
                    return value;
                }
            } catch (NumberFormatException noNumber) {
                // falls through to the one error there is
            }
            throw new InvalidValue("argument couldn't be parsed into an integer");
        }

        @Override
        public String print(Long value) {
            return value.toString();
        }

        @Override
        public String describe() {
            return clampMax >= Integer.MAX_VALUE - 1L ? "integer, " + clampMin + " or more" : "integer, " + clampMin + " to "
                + clampMax;
        }
    }

    /// A power of two in a range.
    record PowerOfTwo(long min, long max) implements SettingType<Long> {
        @Override
        public Long parse(String text, Long previous) throws InvalidValue {
            final long value = new Int(min, max).parse(text, previous);
            if (Long.bitCount(value) != 1) {
                throw new InvalidValue("argument must be a power of two");
            }
            return value;
        }

        @Override
        public String print(Long value) {
            return value.toString();
        }

        @Override
        public String describe() {
            return "power of two, " + min + " to " + max;
        }
    }

    /// A number of bytes with Redis's units.
    record Memory(long min, long max) implements SettingType<Long> {
        @Override
        public Long parse(String text, Long previous) throws InvalidValue {
            final long value = MemorySize.parse(text);
            if (value < 0) {
                throw new InvalidValue("argument must be a memory value");
            }
            checkRange(value, min, max);
            return value;
        }

        @Override
        public String print(Long value) {
            return value.toString();
        }

        @Override
        public String printForPeople(Long value) {
            return MemorySize.forPeople(value);
        }

        @Override
        public String describe() {
            if (min == 0) {
                return "bytes";
            }
            final boolean bounded = max < Integer.MAX_VALUE;
            return "bytes, " + MemorySize.forPeople(min) + (bounded ? " to " + MemorySize.forPeople(max) : " or more");
        }
    }

    /// yes or no.
    record YesNo() implements SettingType<Boolean> {
        @Override
        public Boolean parse(String text, Boolean previous) throws InvalidValue {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "yes" -> true;
                case "no" -> false;
                default -> throw new InvalidValue("argument must be 'yes' or 'no'");
            };
        }

        @Override
        public String print(Boolean value) {
            return value ? "yes" : "no";
        }

        @Override
        public String describe() {
            return "`yes` or `no`";
        }
    }

    /// One of the constants of an enum, written in lower case with hyphens.
    record Choice<E extends Enum<E>>(Class<E> type) implements SettingType<E> {
        @Override
        public E parse(String text, E previous) throws InvalidValue {
            for (E constant : type.getEnumConstants()) {
                if (print(constant).equalsIgnoreCase(text)) {
                    return constant;
                }
            }
            throw new InvalidValue("argument(s) must be one of the following: " + names(", "));
        }

        private String names(String separator) {
            return Arrays.stream(type.getEnumConstants()).map(this::print).collect(Collectors.joining(separator));
        }

        @Override
        public String print(E value) {
            return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        @Override
        public String describe() {
            return "`" + names("`, `") + "`";
        }
    }

    /// Any text.
    record Text() implements SettingType<String> {
        @Override
        public String parse(String text, String previous) {
            return text;
        }

        @Override
        public String print(String value) {
            return value;
        }

        @Override
        public String describe() {
            return "text";
        }
    }

    /// A directory; printed absolute, as Redis prints its working directory.
    record Directory() implements SettingType<Path> {
        @Override
        public Path parse(String text, Path previous) throws InvalidValue {
            if (text.isEmpty() || text.indexOf('\0') >= 0) {
                throw new InvalidValue("argument must be a directory");
            }
            return Path.of(text);
        }

        @Override
        public String print(Path value) {
            return value.toAbsolutePath().normalize().toString();
        }

        @Override
        public String printForPeople(Path value) {
            return value.toString();
        }

        @Override
        public String describe() {
            return "directory";
        }
    }

    /// Blank-separated network addresses, at least one.
    record Addresses() implements SettingType<List<String>> {
        @Override
        public List<String> parse(String text, List<String> previous) throws InvalidValue {
            final List<String> addresses = words(text);
            if (addresses.isEmpty()) {
                throw new InvalidValue("at least one address is needed");
            }
            return addresses;
        }

        @Override
        public String print(List<String> value) {
            return String.join(" ", value);
        }

        @Override
        public String describe() {
            return "addresses separated by blanks";
        }
    }

    /// `<seconds> <changes>` pairs; the empty text means never.
    record SavePoints() implements SettingType<List<SavePoint>> {
        @Override
        public List<SavePoint> parse(String text, List<SavePoint> previous) throws InvalidValue {
            final List<String> numbers = words(text);
            if (numbers.size() % 2 != 0) {
                throw new InvalidValue("Invalid save parameters");
            }
            final List<SavePoint> points = new ArrayList<>();
            for (int i = 0; i < numbers.size(); i += 2) {
                points.add(new SavePoint(number(numbers.get(i), 1), number(numbers.get(i + 1), 0)));
            }
            return List.copyOf(points);
        }

        private static int number(String text, int min) throws InvalidValue {
            if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < min) {
                throw new InvalidValue("Invalid save parameters");
            }
            return Integer.parseInt(text);
        }

        @Override
        public String print(List<SavePoint> value) {
            return value.stream().map(p -> p.seconds() + " " + p.changes()).collect(Collectors.joining(" "));
        }

        @Override
        public String describe() {
            return "pairs of `<seconds> <changes>`, or `\"\"`";
        }
    }

    /// `<class> <hard> <soft> <soft seconds>` once or more; classes that the text does not name keep their limits.
    record OutputLimits() implements SettingType<Map<ClientClass, OutputLimit>> {
        @Override
        public Map<ClientClass, OutputLimit> parse(String text, Map<ClientClass, OutputLimit> previous) throws InvalidValue {
            final List<String> words = words(text);
            if (words.size() % 4 != 0) {
                throw new InvalidValue("Wrong number of arguments in buffer limit configuration.");
            }
            final Map<ClientClass, OutputLimit> limits = new EnumMap<>(ClientClass.class);
            if (previous != null) {
                limits.putAll(previous);
            }
            for (int i = 0; i < words.size(); i += 4) {
                final ClientClass client = ClientClass.named(words.get(i));
                if (client == null) {
                    throw new InvalidValue("Invalid client class specified in buffer limit configuration.");
                }
                limits.put(client, limit(words.get(i + 1), words.get(i + 2), words.get(i + 3)));
            }
            return Collections.unmodifiableMap(limits);
        }

        private static OutputLimit limit(String hard, String soft, String seconds) throws InvalidValue {
            final long hardBytes = MemorySize.parse(hard);
            final long softBytes = MemorySize.parse(soft);
            if (hardBytes < 0 || softBytes < 0 || !seconds.matches("[0-9]{1,9}")) {
                throw new InvalidValue("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
            }
            return new OutputLimit(hardBytes, softBytes, Integer.parseInt(seconds));
        }

        @Override
        public String print(Map<ClientClass, OutputLimit> value) {
            return value.entrySet().stream()
                .map(e -> e.getKey().printed() + " " + e.getValue().hardBytes() + " " + e.getValue().softBytes() + " "
                    + e.getValue().softSeconds())
                .collect(Collectors.joining(" "));
        }

        @Override
        public String printForPeople(Map<ClientClass, OutputLimit> value) {
            return value.entrySet().stream()
                .map(e -> e.getKey().printed() + " " + MemorySize.forPeople(e.getValue().hardBytes()) + " "
                    + MemorySize.forPeople(e.getValue().softBytes()) + " " + e.getValue().softSeconds())
                .collect(Collectors.joining(" "));
        }

        @Override
        public String describe() {
            return "`<class> <hard> <soft> <seconds>`, classes `normal`, `replica`, `pubsub`";
        }
    }

    /// Numbers between 0 and 100, separated by blanks.
    record Percentiles() implements SettingType<List<Double>> {
        @Override
        public List<Double> parse(String text, List<Double> previous) throws InvalidValue {
            final List<Double> values = new ArrayList<>();
            for (String word : words(text)) {
                try {
                    values.add(Double.parseDouble(word));
                } catch (NumberFormatException noNumber) {
                    throw new InvalidValue("Invalid latency-tracking-info-percentiles parameters");
                }
                if (!(values.getLast() >= 0 && values.getLast() <= 100)) {
                    throw new InvalidValue("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
                }
            }
            return Collections.unmodifiableList(values);
        }

        @Override
        public String print(List<Double> values) {
            return values.stream().map(Percentiles::print).collect(Collectors.joining(" "));
        }

        /// Without a fraction that is 0.
        private static String print(double value) {
            return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
        }

        @Override
        public String describe() {
            return "numbers from 0 to 100";
        }
    }

    /// The letters of [EventClass].
    record Events() implements SettingType<Integer> {
        @Override
        public Integer parse(String text, Integer previous) throws InvalidValue {
            final int flags = EventClass.parse(text);
            if (flags < 0) {
                throw new InvalidValue("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
            }
            return flags;
        }

        @Override
        public String print(Integer value) {
            return EventClass.format(value);
        }

        @Override
        public String describe() {
            return "letters out of `Ag$lshzxeKEtmdn`";
        }
    }
}
