package dev.sampo.shard.config;

import java.util.function.Function;

/// One row of the [SettingTable]: everything that is known about a setting. Its name is Redis's where Redis has it; the same
/// name is the `--flag`, the directive in a `redis.conf`, the HOCON path below `sampo.` and, with underscores, the environment
/// variable.
///
/// @param <T> the Java type of its value
public final class Setting<T> {
    private final int index;
    private final String name;
    private final SettingType<T> type;
    private final T defaultValue;
    private final Change change;
    private final String doc;
    private final Function<T, String> objection;

    Setting(int index, String name, SettingType<T> type, String defaultText, Change change, String doc,
            Function<T, String> objection) {
        this.index = index;
        this.name = name;
        this.type = type;
        this.change = change;
        this.doc = doc;
        this.objection = objection;
        try {
            this.defaultValue = parse(defaultText, null);
        } catch (SettingType.InvalidValue bad) {
            throw new IllegalStateException("default of " + name + ": " + bad.getMessage(), bad);
        }
    }

    int index() {
        return index;
    }

    T defaultValue() {
        return defaultValue;
    }

    T parse(String text, T previous) throws SettingType.InvalidValue {
        final T value = type.parse(text, previous);
        final String reason = objection.apply(value);
        if (reason != null) {
            throw new SettingType.InvalidValue(reason);
        }
        return value;
    }

    String print(T value) {
        return type.print(value);
    }

    /// Redis's name, in lower case.
    public String name() {
        return name;
    }

    /// The HOCON path.
    public String path() {
        return "sampo." + name;
    }

    /// The environment variable that overrides the files.
    public String environmentName() {
        return "SAMPO_" + name.toUpperCase(java.util.Locale.ROOT).replace('-', '_');
    }

    public Change change() {
        return change;
    }

    /// One line for people.
    public String doc() {
        return doc;
    }

    /// What may be written, for people.
    public String describeType() {
        return type.describe();
    }

    /// The default as people would write it.
    public String describeDefault() {
        return type.printForPeople(defaultValue);
    }

    /// Whether the value is a list of words, which files and flags may write without quotes.
    public boolean takesSeveralWords() {
        return isRepeatable() || type instanceof SettingType.Addresses || type instanceof SettingType.Percentiles;
    }

    /// Whether several directives of this name in one file add up (`save`, `client-output-buffer-limit`) and do not replace each
    /// other.
    public boolean isRepeatable() {
        return type instanceof SettingType.SavePoints || type instanceof SettingType.OutputLimits;
    }
}
