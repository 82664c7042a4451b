"""Python's builtins and the functions of its standard library that matter, and those of packages for logging."""

from __future__ import annotations

from flake8_keras_graph.knowledge.columns import Table

FUNCTIONS: Table = {
    "absl.logging": {
        "-; no-effect": "get_verbosity set_verbosity",
    },
    "builtins": {
        "static": """
            bytes callable chr dir format hasattr hash hex id input isinstance issubclass oct ord repr type vars""",
        "static; casts": "bool complex float int len str",
        "static; effect print": "print",
        "unknown": "next",
        "unknown; casts": "map range",
        "unknown; container": "dict enumerate filter frozenset iter list reversed set tuple zip",
        "unknown; iterates": "sum",
        "unknown; of-numbers": "abs divmod pow round",
        "unknown; container; iterates": "sorted",
        "unknown; iterates; same-arguments": "all any max min",
    },
    "builtins io": {
        "-; effect write": "open",
    },
    "datetime.date datetime.datetime": {
        "-; effect clock": "today",
    },
    "datetime.datetime": {
        "-; effect clock": "now utcnow",
    },
    "functools": {
        "-; wraps traced": "cache lru_cache",
    },
    "json pickle": {
        "-; effect write": "dump",
    },
    "logging": {
        "-; effect log": "debug info log",
        "-; warns; effect log": "critical error exception fatal warning",
    },
    "logging warnings": {
        "-; warns; effect log": "warn",
    },
    "math": {
        "-; floats": """
            acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh degrees erf erfc exp exp2 expm1 fabs floor
            fmod gamma hypot isfinite isinf isnan lgamma log log10 log1p log2 pow radians sin sinh sqrt tan tanh
            trunc""",
    },
    "os": {
        "-; effect random": "getrandom urandom",
        "-; effect write": "makedirs mkdir remove rename unlink",
    },
    "pprint": {
        "-; effect print": "pp pprint",
    },
    "random": {
        "-; effect random": """
            betavariate binomialvariate choices expovariate gammavariate getrandbits lognormvariate
            paretovariate randbytes randint randrange sample shuffle triangular vonmisesvariate weibullvariate""",
        "instance:random.Random": "Random",
        "-; effect random; same-arguments": "random->random.uniform",
        "-; effect random; with a b -> minval maxval": "uniform->random.uniform",
        "-; effect random; with mu sigma -> mean stddev": "gauss->random.normal normalvariate->random.normal",
    },
    "random.Random": {
        "-; no-effect": "getstate seed setstate",
    },
    "random secrets": {
        "-; effect random": "choice",
    },
    "secrets": {
        "-; effect random": "randbelow randbits token_bytes token_hex token_urlsafe",
    },
    "shutil": {
        "-; effect write": "copy move rmtree",
    },
    "sys.stderr sys.stdout": {
        "-; effect print": "write",
    },
    "time": {
        "-; effect clock": """
            asctime clock_gettime clock_gettime_ns ctime gmtime localtime monotonic monotonic_ns perf_counter
            perf_counter_ns process_time process_time_ns strftime thread_time thread_time_ns time time_ns""",
        "-; effect wait": "sleep",
    },
    "timeit": {
        "-; effect clock": "default_timer",
    },
}

# Modules, and loggers that they make, whose every function has an effect where no record says otherwise.
MODULES: dict[str, str] = {
    "absl.logging.": "log",
    "loguru.logger.": "log",
    "numpy.random.": "random",
    "random.Random.": "random",
    "tf.get_logger.": "log",
    "tf.logging.": "log",
}
