/// Microbenchmarks of the hot classes, run by `bench/jmh`. What they allocate is a gate, how long they take is a hint.
package dev.sampo.bench.jmh;
