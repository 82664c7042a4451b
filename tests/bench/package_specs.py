"""How to build and feed classes of published packages: what ``rewrite_packages.py`` runs beside their rewrites.

A spec's arguments are made anew for each of the two models that are compared. Packages are imported only when a
class of theirs is run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from proof import Tensor


def _nothing() -> dict[str, Any]:
    return {}


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """The inputs of ``call`` and what makes the arguments of the constructor."""

    inputs: Any
    arguments: Callable[[], Mapping[str, Any]] = _nothing


def _ids(*shape: int | None, high: int = 20) -> Tensor:
    return Tensor(shape, "int32", high)


# -- keras_hub ----------------------------------------------------------------------------------------------

_FLUX = "keras_hub.src.models.flux.flux_layers"
_AUDIO = "keras_hub.src.models.gemma4.gemma4_audio_encoder"


def _audio_encoder() -> dict[str, Any]:
    return {
        "input_feat_size": 16, "hidden_size": 8, "num_heads": 2, "num_layers": 2, "chunk_size": 4, "context_left": 5,
        "context_right": 0, "sscp_conv_channels": (4, 2), "output_proj_dims": 6,
    }  # fmt: skip


_KERAS_HUB = {
    (_FLUX, "MLPEmbedder"): Spec(Tensor((6,)), lambda: {"hidden_dim": 8}),
    (_FLUX, "LastLayer"): Spec(
        (Tensor((5, 8)), Tensor((8,))), lambda: {"hidden_size": 8, "patch_size": 2, "output_channels": 3}
    ),
    (_FLUX, "Modulation"): Spec(Tensor((8,)), lambda: {"dim": 8, "double": True}),
    (_FLUX, "EmbedND"): Spec(Tensor((6, 3)), lambda: {"theta": 10000, "axes_dim": (2, 2, 4)}),
    (_FLUX, "DoubleStreamBlock"): Spec(
        (Tensor((6, 8)), Tensor((4, 8)), Tensor((8,)), Tensor((10, 2, 2))),
        lambda: {"hidden_size": 8, "num_heads": 2, "mlp_ratio": 2.0},
    ),
    (_AUDIO, "Gemma4AudioEncoder"): Spec((Tensor((16, 16)), Tensor((16,), "bool")), _audio_encoder),
}

# -- tf-models-official ---------------------------------------------------------------------------------------

_OFFICIAL = "official."


def _bert() -> Any:
    from official.nlp.modeling import networks

    return networks.BertEncoder(
        vocab_size=20, hidden_size=8, num_layers=2, num_attention_heads=2, intermediate_size=12,
        max_sequence_length=6, dict_outputs=True,
    )  # fmt: skip


def _xlnet() -> Any:
    import tf_keras
    from official.nlp.modeling import networks

    return networks.XLNetBase(
        vocab_size=20, num_layers=2, hidden_size=4, num_attention_heads=2, head_size=2, inner_size=2, dropout_rate=0.0,
        attention_dropout_rate=0.0, attention_type="bi", bi_data=False, two_stream=False, tie_attention_biases=True,
        initializer=tf_keras.initializers.RandomNormal(stddev=0.1), reuse_length=0, memory_length=2,
        inner_activation="relu",
    )  # fmt: skip


def _serving() -> dict[str, Any]:
    from official.legacy.bert import configs

    return {
        "bert_config": configs.BertConfig(
            vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12,
            max_position_embeddings=6,
        )
    }  # fmt: skip


def _xlnet_classification() -> dict[str, Any]:
    from official.legacy.xlnet import xlnet_config

    sizes = {
        "n_layer": 2, "d_model": 4, "n_head": 2, "d_head": 2, "d_inner": 6, "ff_activation": "relu", "untie_r": False,
        "n_token": 20,
    }  # fmt: skip
    return {
        "xlnet_config": xlnet_config.XLNetConfig(args_dict=sizes),
        # No dropout: its layers are named in the order in which they are built, so their draws could not be paired.
        "run_config": xlnet_config.RunConfig(True, False, 0.0, 0.0, mem_len=2, reuse_len=4, bi_data=False),
        "n_class": 3,
        "summary_type": "last",
    }


def _electra() -> dict[str, Any]:
    return {
        "generator_network": _bert(), "discriminator_network": _bert(), "vocab_size": 20, "num_classes": 3,
        "num_token_predictions": 2, "disallow_correct": True,
    }  # fmt: skip


def _span_labeler() -> dict[str, Any]:
    return {"network": _xlnet(), "start_n_top": 2, "end_n_top": 2}


def _funnel() -> dict[str, Any]:
    import tf_keras

    return {"layer": tf_keras.layers.Dense(3)}


def _hourglass() -> dict[str, Any]:
    return {
        "num_stages": 2, "input_channel_dims": 4, "channel_dims_per_stage": [4, 6, 8], "blocks_per_stage": [2, 2, 2],
        "num_hourglasses": 2,
    }  # fmt: skip


def _bert2bert() -> dict[str, Any]:
    from official.projects.nhnet import models, utils

    params = utils.get_test_params()
    params.override(
        {
            "vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 12, "max_position_embeddings": 12, "num_decoder_layers": 1,
            "num_decoder_attn_heads": 2, "decoder_intermediate_size": 12, "len_title": 4,
        },
        is_strict=False,
    )  # fmt: skip
    encoder, decoder = models.get_bert2bert_layers(params)
    return {"params": params, "bert_layer": encoder, "decoder_layer": decoder}


def _scaffold() -> Any:
    import tf_keras
    from official.modeling import activations
    from official.nlp.modeling.networks import encoder_scaffold, packed_sequence_embedding

    embedding = {
        "vocab_size": 20, "type_vocab_size": 2, "hidden_size": 8, "embedding_width": 8, "max_seq_length": 6,
        "initializer": tf_keras.initializers.TruncatedNormal(stddev=0.02), "dropout_rate": 0.1,
    }  # fmt: skip
    hidden = {
        "num_attention_heads": 2, "intermediate_size": 12, "intermediate_activation": activations.gelu,
        "dropout_rate": 0.1, "attention_dropout_rate": 0.1,
        "kernel_initializer": tf_keras.initializers.TruncatedNormal(stddev=0.02),
    }  # fmt: skip
    return encoder_scaffold.EncoderScaffold(
        num_hidden_instances=2, pooled_output_dim=8, embedding_cfg=embedding,
        embedding_cls=packed_sequence_embedding.PackedSequenceEmbedding(**embedding), hidden_cfg=hidden,
        dict_outputs=True,
    )  # fmt: skip


def _teams() -> dict[str, Any]:
    return {
        "generator_network": _scaffold(), "discriminator_mws_network": _scaffold(),
        "num_discriminator_task_agnostic_layers": 1, "vocab_size": 20, "candidate_size": 3,
    }  # fmt: skip


def _mock_network() -> dict[str, Any]:
    import tf_keras

    return {"network": tf_keras.layers.Dense(3)}


def _segmentation() -> dict[str, Any]:
    import tf_keras
    from official.vision.modeling.heads import segmentation_heads

    inputs = tf_keras.Input((16, 16, 3))
    x = tf_keras.layers.Conv2D(4, 3, strides=2, padding="same")(inputs)
    levels = {"1": x, "2": tf_keras.layers.Conv2D(6, 3, strides=2, padding="same")(x)}
    features = {name: tf_keras.Input(level.shape[1:]) for name, level in levels.items()}
    decoded = {name: tf_keras.layers.Conv2D(4, 1)(level) for name, level in features.items()}
    head = segmentation_heads.SegmentationHead(num_classes=3, level=1, num_convs=1, num_filters=4)
    return {
        "backbone": tf_keras.Model(inputs, levels),
        "decoder": tf_keras.Model(features, decoded),
        "head": head,
        "mask_scoring_head": segmentation_heads.MaskScoring(
            3, [4, 4], num_convs=1, num_filters=4, fc_dims=4, num_fcs=1
        ),
    }


def _mask_scoring() -> dict[str, Any]:
    return {"num_classes": 3, "fc_input_size": [4, 4], "num_convs": 2, "num_filters": 4, "fc_dims": 5, "num_fcs": 2}


_WORDS = {"input_word_ids": _ids(6), "input_mask": _ids(6, high=2), "input_type_ids": _ids(6, high=2)}
_PREDICTED = {**_WORDS, "masked_lm_positions": _ids(2, high=6), "masked_lm_ids": _ids(2)}
_XLNET_WORDS = {"input_word_ids": _ids(4), "input_type_ids": _ids(4, high=2), "input_mask": _ids(4, high=2)}

_TF_MODELS = {
    ("core.savedmodel_checkpoint_manager_test", "_ModelForTest"): Spec(Tensor((16,)), lambda: {"hidden_size": 3}),
    ("core.test_utils", "FakeKerasModel"): Spec(Tensor((4,))),
    ("legacy.bert.serving", "BertServing"): Spec(
        {"input_ids": _ids(6), "input_mask": _ids(6, high=2), "segment_ids": _ids(6, high=2)}, _serving
    ),
    ("legacy.xlnet.xlnet_modeling", "ClassificationXLNetModel"): Spec(
        {"input_ids": _ids(4), "input_mask": Tensor((4,)), "segment_ids": _ids(4, high=2), "label_ids": _ids(high=3)},
        _xlnet_classification,
    ),
    ("nlp.modeling.models.electra_pretrainer", "ElectraPretrainer"): Spec(_PREDICTED, _electra),
    ("nlp.modeling.models.xlnet", "XLNetPretrainer"): Spec(
        {
            **_XLNET_WORDS, "permutation_mask": _ids(4, 4, high=2), "target_mapping": _ids(2, 4, high=2),
            "masked_tokens": _ids(4, high=2), "state": [Tensor((2, 4)), Tensor((2, 4))],
        },
        lambda: {"network": _xlnet()},
    ),
    ("nlp.modeling.models.xlnet", "XLNetClassifier"): Spec(
        _XLNET_WORDS, lambda: {"network": _xlnet(), "num_classes": 3}
    ),
    ("nlp.modeling.models.xlnet", "XLNetSpanLabeler"): Spec(
        {**_XLNET_WORDS, "class_index": _ids(high=4), "paragraph_mask": _ids(4, high=2)}, _span_labeler
    ),
    ("nlp.modeling.networks.encoder_scaffold_test", "Embeddings"): Spec(
        [_ids(6), _ids(6, high=2)], lambda: {"vocab_size": 20, "hidden_size": 4}
    ),
    ("nlp.modeling.networks.funnel_transformer_test", "SingleLayerModel"): Spec(Tensor((4,)), _funnel),
    ("projects.deepmac_maskrcnn.modeling.heads.hourglass_network", "HourglassNetwork"): Spec(
        Tensor((32, 32, 3)), _hourglass
    ),
    ("projects.nhnet.models", "Bert2Bert"): Spec(
        {"input_ids": _ids(6), "input_mask": _ids(6, high=2), "segment_ids": _ids(6, high=2), "target_ids": _ids(6)},
        _bert2bert,
    ),
    ("projects.teams.teams_pretrainer", "TeamsPretrainer"): Spec(_PREDICTED, _teams),
    ("utils.testing.mock_task", "MockModel"): Spec(Tensor((4,)), _mock_network),
    ("vision.modeling.heads.segmentation_heads", "MaskScoring"): Spec(Tensor((8, 8, 3)), _mask_scoring),
    ("vision.modeling.segmentation_model", "SegmentationModel"): Spec(Tensor((16, 16, 3)), _segmentation),
    ("vision.serving.export_base_v2_test", "TestModel"): Spec(Tensor((4,))),
}  # fmt: skip

# Module and class -> how it is run.
SPECS: dict[tuple[str, str], Spec] = {
    **_KERAS_HUB,
    **{(_OFFICIAL + module, symbol): spec for (module, symbol), spec in _TF_MODELS.items()},
}
