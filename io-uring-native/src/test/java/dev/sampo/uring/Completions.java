package dev.sampo.uring;

import java.util.ArrayList;
import java.util.List;

/// A handler that remembers what it was given.
final class Completions implements CompletionHandler {
    record Completion(long userData, int result, int flags) {
        boolean more() {
            return (flags & IoUring.CQE_MORE) != 0;
        }
    }

    private final List<Completion> all = new ArrayList<>();

    @Override
    public void complete(long userData, int result, int flags) {
        all.add(new Completion(userData, result, flags));
    }

    int count() {
        return all.size();
    }

    Completion get(int index) {
        return all.get(index);
    }

    List<Completion> all() {
        return all;
    }

    /// The results of completions with this user data, in order.
    List<Integer> resultsOf(long userData) {
        return all.stream().filter(c -> c.userData() == userData).map(Completion::result).toList();
    }

    @Override
    public String toString() {
        return all.toString();
    }
}
