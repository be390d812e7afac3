package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void oddCount_hasTheMiddleAsMedian() {
        assertThat(Summary.of(5, 1, 3)).isEqualTo(new Summary(3, 1, 5, 3));
    }

    @Test
    void evenCount_hasTheMeanOfTheMiddleTwo() {
        assertThat(Summary.of(10, 1, 3, 5)).isEqualTo(new Summary(4, 1, 10, 4));
    }

    @Test
    void input_staysAsItWas() {
        double[] values = {3, 1, 2};
        Summary.of(values);
        assertThat(values).containsExactly(3, 1, 2);
    }

    @Test
    void figures_areTakenFromItems() {
        assertThat(Summary.of(List.of("a", "bbb", "cc"), String::length).median()).isEqualTo(2);
    }

    @Test
    void ratios_areFormedRoundByRound() {
        Summary ratios = Summary.ofRatios(new double[] {1, 4, 9}, new double[] {2, 4, 3});
        assertThat(ratios).isEqualTo(new Summary(1, 0.5, 3, 3));
    }

    @Test
    void nothing_hasNoSummary() {
        assertThatThrownBy(Summary::of).hasMessageContaining("nothing was measured");
        assertThatThrownBy(() -> Summary.ofRatios(new double[1], new double[2])).hasMessageContaining("1 measurements beside 2");
    }
}
