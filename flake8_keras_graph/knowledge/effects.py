"""What calling a function does besides returning, by exact name and by prefix."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "random": "another number every time it runs: frozen when it runs while tracing",
    "clock": "the time or the date: frozen when it runs while tracing",
    "print": "writes to the standard output: once per trace",
    "log": "writes to a log: once per trace",
    "write": "writes or opens a file: once per trace",
    "wait": "waits: once per trace",
    "host-callback": "the graph calls a Python function back on the host at every step",
    "creates-variable": "makes a new variable",
    "traces": "makes a new traced function",
    "staged-loop": "a loop that runs inside the graph",
}

EFFECTS: dict[str, str] = {
    "random": """
        os.getrandom os.urandom random.betavariate random.binomialvariate random.choice random.choices
        random.expovariate random.gammavariate random.gauss random.getrandbits random.lognormvariate
        random.normalvariate random.paretovariate random.randbytes random.randint random.random random.randrange
        random.sample random.shuffle random.triangular random.uniform random.vonmisesvariate random.weibullvariate
        secrets.choice secrets.randbelow secrets.randbits secrets.token_bytes secrets.token_hex
        secrets.token_urlsafe uuid.uuid1 uuid.uuid4""",
    "clock": """
        datetime.date.today datetime.datetime.now datetime.datetime.today datetime.datetime.utcnow
        time.asctime time.clock_gettime time.clock_gettime_ns time.ctime time.gmtime
        time.localtime time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns
        time.process_time time.process_time_ns time.strftime time.thread_time
        time.thread_time_ns time.time time.time_ns timeit.default_timer""",
    "print": "builtins.print pprint.pp pprint.pprint sys.stderr.write sys.stdout.write",
    "log": """
        logging.critical logging.debug logging.error logging.exception
        logging.fatal logging.info logging.log logging.warn logging.warning warnings.warn""",
    "write": """
        builtins.open io.open json.dump numpy.save numpy.savetxt numpy.savez numpy.savez_compressed
        os.makedirs os.mkdir os.remove os.rename os.unlink pickle.dump shutil.copy shutil.move
        shutil.rmtree tf.io.gfile.GFile tf.io.gfile.makedirs tf.io.gfile.remove""",
    "wait": "time.sleep",
    "host-callback": "tf.numpy_function tf.py_func tf.py_function",
    "creates-variable": """
        keras.Variable keras.backend.random_normal_variable
        keras.backend.random_uniform_variable keras.backend.variable tf.Variable tf.get_variable""",
    "traces": "tf.function",
    "staged-loop": """
        keras.backend.foldl keras.backend.foldr keras.backend.map_fn keras.backend.rnn
        keras.ops.associative_scan keras.ops.fori_loop keras.ops.map keras.ops.scan
        keras.ops.vectorized_map keras.ops.while_loop tf.foldl tf.foldr tf.map_fn tf.scan tf.vectorized_map
        tf.while_loop""",
}

# Names that are no function but a whole module of them, and instances made by a module (a logger).
PREFIXES: dict[str, str] = {
    "absl.logging.": "log",
    "loguru.logger.": "log",
    "numpy.random.": "random",
    "tf.get_logger.": "log",
    "tf.logging.": "log",
}

# Under a prefix, but without the effect: they make a generator from a seed, or read a setting.
EXCEPTIONS = """
    absl.logging.get_verbosity absl.logging.set_verbosity numpy.random.Generator numpy.random.PCG64
    numpy.random.RandomState numpy.random.SeedSequence numpy.random.default_rng numpy.random.get_state
    numpy.random.seed numpy.random.set_state tf.logging.get_verbosity tf.logging.set_verbosity"""
