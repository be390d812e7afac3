package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void defaults_areThoseOfTheTable() {
        Options options = Options.parse();
        assertThat(options.words("workloads")).isEqualTo(Workloads.DEFAULT);
        assertThat(options.integer("keys", 1)).isEqualTo(1_000_000);
        assertThat(options.is("memory")).isFalse();
        assertThat(options.text("json")).isEmpty();
    }

    @Test
    void switchesTakeNoValue_othersDo() {
        Options options = Options.parse("--memory", "--rounds", "3", "--window", "0.5", "--workloads", "get, set,");
        assertThat(options.is("memory")).isTrue();
        assertThat(options.integer("rounds", 1)).isEqualTo(3);
        assertThat(options.number("window")).isEqualTo(0.5);
        assertThat(options.words("workloads")).containsExactly("get", "set");
    }

    @Test
    void mistakes_areNamed() {
        assertThatThrownBy(() -> Options.parse("--round", "3")).hasMessageContaining("--round;");
        assertThatThrownBy(() -> Options.parse("rounds")).hasMessageContaining("unknown option rounds");
        assertThatThrownBy(() -> Options.parse("--rounds")).hasMessageContaining("missing after --rounds");
        assertThatThrownBy(() -> Options.parse("--rounds", "x").integer("rounds", 1)).hasMessageContaining("whole number");
        assertThatThrownBy(() -> Options.parse("--rounds", "0").integer("rounds", 1)).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> Options.parse("--window", "-1").number("window")).hasMessageContaining("at least 0");
    }

    @Test
    void help_namesEveryOption() {
        Options options = Options.parse();
        assertThat(options.all()).hasSizeGreaterThan(30);
        options.all().keySet().forEach(name -> assertThat(Options.help()).contains("--" + name + " "));
    }
}
