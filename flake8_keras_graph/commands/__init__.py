"""The subcommands of ``keras-graph``, one file each: ``run(arguments) -> exit status``."""
