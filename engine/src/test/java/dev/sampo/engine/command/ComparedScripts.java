package dev.sampo.engine.command;

/// Requests worth comparing one by one.
final class ComparedScripts {
    static final String EDGE_CASES = """
        foo a b c
        foo
        object
        object foo
        object foo a b
        object encoding
        get
        set a
        set a 1 ex
        set a 1 ex 0
        set a 1 ex a
        set a 1 ex 10 px 10
        set a 1 nx xx
        set a 1 nx get
        set a 1 foo
        set a 1 ex 9223372036854775807
        set a 1 px 9223372036854775807
        set a 1 exat 0
        set a 1 keepttl ex 10
        set a 1 keepttl
        set a 1 get get xx xx
        set a 1 ex 10 ex 10
        ttl a
        set a 2 keepttl
        ttl a
        set a 3
        ttl a
        setex a 0 1
        setex a x 1
        setex a 9223372036854775807 1
        psetex a -1 1
        psetex a 100000 1
        ttl a
        setex a 200 1
        ttl a
        getex a ex 0
        getex a persist ex 1
        getex a foo
        getex a persist
        getex a persist
        getex a exat 4102444800
        expiretime a
        getex a pxat 4102444800500
        expiretime a
        pexpiretime a
        getex a pxat 1
        getex a ex x
        getex nokey ex 0
        append
        append ap ""
        exists ap
        append ap 1
        append ap 2
        incr ap
        object encoding ap
        append ap 3
        object encoding ap
        setrange a -1 x
        setrange a x x
        setrange a 536870912 x
        setrange a 536870911 xx
        setrange a 9223372036854775807 xx
        setrange nok 0 ""
        exists nok
        setrange nok x ""
        setrange nok 5 abc
        get nok
        object encoding nok
        setrange nok 1 ""
        set num 10
        setrange num 1 5
        get num
        object encoding num
        incr num
        object encoding num
        strlen num
        getrange num 0 0
        set s "This is a string"
        getrange s 0 3
        getrange s -3 -1
        getrange s 0 -1
        getrange s 10 100
        getrange s 5 3
        getrange s -1 -5
        getrange s -100 -200
        getrange s -200 -100
        getrange s 100 200
        getrange s x 1
        getrange s 0 x
        substr s 2 4
        incrby a x
        incrby num 9223372036854775807
        decrby num -9223372036854775808
        decrby num 9223372036854775807
        incr s
        incrby s 1
        set max 9223372036854775807
        incr max
        incrby max 1
        decr max
        set min -9223372036854775808
        decr min
        incrby min -1
        incrbyfloat a x
        incrbyfloat num 1.5
        incrbyfloat num -1.5
        set f 10.50
        incrbyfloat f 0.1
        incrbyfloat f -5
        set f 5.0e3
        incrbyfloat f 2.0e2
        set f 3.0e3
        incrbyfloat f 200
        set f 0.1
        incrbyfloat f 0.2
        incrbyfloat f inf
        incrbyfloat f nan
        incrbyfloat f 0x1p3
        set f 100 exat 4102444800
        incrbyfloat f 1
        expiretime f
        incr f
        expiretime f
        append f x
        expiretime f
        incr f
        mset a
        mset a 1 b
        msetnx a 1 b
        mset a 1 a 2 b 3
        mget a b c a
        mget a
        msetnx c 1 d 2 c 3
        msetnx c 1 e 2
        mget c d e
        set l1 ohmytext
        set l2 mynewtext
        lcs l1 l2
        lcs l1 l2 len
        lcs l1 l2 idx
        lcs l1 l2 idx minmatchlen 4
        lcs l1 l2 idx minmatchlen 4 withmatchlen
        lcs l1 l2 len idx
        lcs l1 l2 foo
        lcs l1 l2 minmatchlen x
        lcs l1 l2 minmatchlen
        lcs l1 l2 minmatchlen -4 idx
        lcs l1 nosuch
        lcs nosuch nosuch2 idx
        lcs nosuch nosuch2
        lcs nosuch nosuch len
        lcs num num idx withmatchlen
        lcs l1
        expire a x
        expire a 9223372036854775807
        expire a 10 nx xx
        expire a 10 gt lt
        expire a 10 nx gt
        expire a 10 xx gt
        expire a 10 foo
        expire a x foo
        expire a 10000 nx nx
        ttl a
        expire a 20000 nx
        expire a 20000 xx
        ttl a
        expire a 10000 gt
        expire a 30000 gt
        ttl a
        expire a 40000 lt
        expire a 10000 lt
        ttl a
        persist a
        expire a 10000 gt
        expire a 10000 lt
        ttl a
        expire nokey 10 foo
        expire nokey 10
        expire a -9223372036854775808
        pexpire a 9223372036854775807
        pexpireat a 9223372036854775807
        pexpiretime a
        expiretime a
        pexpire a -9223372036854775808
        exists a
        set a 1
        expireat a 0
        exists a
        set a 1
        pexpireat a -5
        exists a
        set a 1 exat 4102444800
        expireat a 4102444801 gt
        pttl nokey
        ttl nokey
        expiretime nokey
        pexpiretime nokey
        copy a a
        copy a b db 99
        copy a b db -1
        copy a b db x
        copy a b db 99999999999
        copy a b db
        copy a b foo
        copy a a db 1
        copy a a db 1
        copy a a db 1 replace
        copy a nk
        copy a nk
        copy a nk replace
        expiretime nk
        copy nosuch nk
        copy nosuch nk replace
        copy a a db 0
        move a 0
        move a x
        move a 99
        move a 99999999999
        move nokey 0
        move nokey 1
        move a 1
        move nk 1
        move nk 1
        swapdb 0 99
        swapdb x 1
        swapdb 0 x
        swapdb 99999999999 1
        swapdb -1 0
        swapdb 0 0
        swapdb 0 1
        expiretime nk
        get a
        set a 1
        swapdb 1 0
        set a 1
        move a 1
        rename nokey nokey
        rename nokey b
        renamenx a a
        rename b b
        renamenx b b
        renamenx b num
        renamenx b newb
        rename newb num
        get num
        set vol 1 exat 4102444800
        rename vol num
        expiretime num
        set plain 1
        rename plain num
        expiretime num
        scan x
        scan 0 count 0
        scan 0 count -5
        scan 0 count x
        scan 0 match
        scan 0 type foo count 1000
        scan 0 foo
        scan 0 foo bar
        scan 18446744073709551616
        scan " 0"
        scan 0x0
        scan "" match nosuchkey count 1000
        scan +0 match nosuchkey count 1000
        scan 00 match num count 1000
        flushdb foo
        flushall async sync
        flushall foo
        flushdb async
        dbsize
        flushall sync
        dbsize
        set z 5
        object freq z
        object refcount z
        set z 10000
        object refcount z
        set z abc
        object refcount z
        object encoding z
        set z 12345678901234567890123456789012345678901234
        object encoding z
        set z 123456789012345678901234567890123456789012345
        object encoding z
        set z -9223372036854775808
        object encoding z
        set z 9223372036854775808
        object encoding z
        set z 01
        object encoding z
        object freq nosuch
        object idletime nosuch
        object refcount nosuch
        object encoding nosuch
        memory usage nosuch
        memory usage z samples
        memory usage z samples -1
        memory usage z samples x
        memory usage z foo 1
        memory usage nosuch samples 0
        memory
        memory foo
        keys
        keys *
        keys z?
        exists
        exists z z nosuch
        touch z z nosuch
        unlink z z nosuch
        type z
        type nosuch
        set z 1
        type z
        randomkey
        randomkey a
        persist z
        persist z x
        dbsize a
        getex z keepttl
        set z 1 persist
        set past 1 pxat 1
        dbsize
        get past
        set past 1 pxat 1
        exists past
        set past 1 pxat 1
        del past
        set past 1 pxat 1
        set past 2
        set past 1 pxat 1
        set past 2 nx
        set past 1 pxat 1
        set past 2 xx
        set past 1 pxat 1
        set past 2 get
        set past 1 pxat 1
        set past 2 keepttl
        ttl past
        set past 1 pxat 1
        append past x
        set past 1 pxat 1
        rename past z
        set past 1 pxat 1
        rename z past
        set past 1 pxat 1
        copy past z
        set z 1
        copy z past
        set past 1 pxat 1
        msetnx z2 1 past 2
        set past 1 pxat 1
        mget past z
        set past 1 pxat 1
        keys pas?
        scan 0 match past count 1000
        dbsize
        set past 1 pxat 1
        move past 1
        set past 1 pxat 1
        expire past 100
        set past 1 pxat 1
        object encoding past
        set past 1 pxat 1
        type past
        set past 1 pxat 1
        touch past
        set past 1 pxat 1
        getdel past
        set past 1 pxat 1
        getset past 1
        incrbyfloat whole 3.0
        object encoding whole
        incrbyfloat whole 0.5
        incrbyfloat whole 0.5
        object encoding whole
        copy whole whole2
        object encoding whole2
        incr whole
        object encoding whole
        scan "\\x00\\x01" match nothing count 1000
        scan "0\\x00a" match nothing count 1000
        scan "a\\x00"
        expire z 100 "a\\r\\n"
        expire z 100 "\\x00\\x01"
        "foo\\xff\\xfe" "a\\x00b" "\\xff\\r\\n"
        foo bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc d
        foo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b c
        object "\\xff\\x00a"
        set past 1 pxat 1
        lcs past z
        """;

    private ComparedScripts() {
    }
}
