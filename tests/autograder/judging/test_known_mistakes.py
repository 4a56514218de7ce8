"""Every mistake seen in public solutions and forums has a name here, or a reason why it needs none."""

from __future__ import annotations

import pytest

from autograder import exercises

CONV2D = {
    "kernel turned, a true convolution": "filter_turned",
    "kernel transposed, rows and columns exchanged": "filter_transposed",
    "kernel flipped along one axis": "filter_upside_down filter_mirrored",
    "bias forgotten": "bias_forgotten",
    "bias of one filter for all, or all of them summed": "one_bias_for_all last_bias_for_all biases_summed",
    "bias once for each channel or product": "bias_per_channel bias_per_pixel bias_per_product",
    "bias subtracted": "bias_subtracted",
    "stride in the size, not where windows start": "window_start_ignores_stride",
    "stride ignored": "stride_ignored",
    "stride along one axis": "stride_on_rows_only stride_on_columns_only",
    "a loop in steps of the stride that counts as if by one": "steps_taken_for_windows",
    "loops over the input's size": "loops_over_the_input",
    "padded, then the original array used": "size_and_padding_disagree padding_not_in_front",
    "size of the padded array, with the padding again": "size_and_padding_disagree",
    "padding ignored": "padding_ignored",
    "padding on one side": "padding_all_in_front padding_behind_only",
    "padding once in the size": "padding_counted_once size_ignores_padding",
    "padding with something else than zeros": "pads_with_ones pads_with_pad_value pads_with_edge "
    "pads_with_reflection pads_with_wrap",
    "padding of batch or channels": "pads_every_axis pads_images_too",
    "padded twice": "padded_twice",
    "variable unbound at pad 0": "pad_undefined_at_zero",
    "pad or stride hard-coded": "pad_always_one stride_ignored",
    "size rounded up": "size_rounded_up",
    "plus one missing": "size_plus_one_missing",
    "last row or column unfilled": "last_row_unfilled last_column_unfilled last_row_and_column_unfilled",
    "window one short, or one late": "window_one_short start_one_late",
    "width computed from height": "width_from_height height_from_width kernel_width_from_height "
    "kernel_height_from_width",
    "height and width exchanged": "height_and_width_exchanged output_transposed",
    "one channel only": "first_channel_only last_channel_only",
    "mean for sum": "channels_averaged window_averaged pixels_averaged",
    "one output for each input channel": "channel_by_channel channel_of_the_filter channels_not_summed",
    "channel axis of the slice missing": "channel_of_the_filter_spread",
    "axes of the weights mixed up": "channels_and_filters_exchanged weights_reshaped",
    "one filter for all maps": "same_filter_for_all last_filter_for_all filters_summed",
    "batch forgotten or summed": "only_first_image only_last_image one_image_comes_back first_image_for_all "
    "batch_summed",
    "matrix product for products": "matrix_product products_of_sums",
    "integers in the output": "integer_buffer",
    "activation inside": "relu_inside sigmoid_inside tanh_inside",
    "input changed": "input_modified weights_modified",
    "nothing returned": "returns_nothing",
    "windows numbered by the wrong side": "flat_index_by_height",
    "reshaped without transposing": "output_reshaped weights_reshaped",
}
CONV2D_BACKWARD = {
    "border cut off at pad 0": "empty_slice_at_pad_zero",
    "border of one always cut off": "unpads_by_one",
    "border kept, or cut at the wrong side": "dx_keeps_the_padding dx_cut_from_the_corner",
    "dx assigned": "dx_assigned",
    "dw assigned": "dw_last_window_wins dw_last_image_wins",
    "db summed over the wrong axes": "db_not_summed_over_batch db_not_summed_over_space db_one_number "
    "db_total_everywhere db_one_image",
    "divided by the batch": "averaged_over_the_batch db_averaged",
    "kernel turned on the way back": "dx_filter_turned dx_filter_turned_rows dx_filter_turned_columns",
    "dw turned": "dw_turned dw_rows_and_columns_swapped",
    "stride ignored": "stride_ignored stride_on_rows_only stride_on_columns_only",
    "dw from the input without padding": "dw_from_unpadded_input",
    "one side of dout for both loops": "height_for_both_loops width_for_both_loops",
    "upstream gradient left out": "upstream_left_out",
    "results in another order": "returns_dw_first returns_dx_last returns_db_second",
    "one filter's share": "dx_last_filter_wins dx_first_filter_only",
    "kernel size hard-coded": "kernel_always_three kernel_sides_mixed_up",
    "padding hard-coded": "pad_always_one",
    "buffers that do not start at 0": "buffers_start_at_one",
    "dout changed": "dout_modified",
}
POOLS = {
    "max_pool2d": "running_max_starts_at_zero running_max_starts_at_minus_one max_over_channels "
    "max_over_everything stride_is_the_size stride_always_two windows_start_at_every_cell size_divided "
    "height_for_both_sides average_instead minimum_instead largest_magnitude size_rounded_up "
    "max_over_the_picture returns_inside_the_loop only_last_image",
    "avg_pool2d": "divides_by_four divides_by_height_plus_width",
    "max_pool2d_backward": "cell_assigned window_assigned all_ties_get_everything place_divided_by_height "
    "place_swapped maximum_of_the_picture spread_over_the_window times_the_maximum upstream_left_out "
    "windows_enlarged_and_compared returns_inside_the_loop stride_ignored stride_is_the_size starts_at_one",
}
OTHERS = {
    "softmax_cross_entropy": "overflow loss_summed gradient_summed labels_as_columns",
    "relu_backward": "mask_from_dout input_modified",
    "minibatches": "labels_not_shuffled last_batch_dropped drawn_with_replacement",
    "sgd_step": "ascent caller_unchanged",
    "train": "ascent caller_unchanged labels_not_shuffled last_batch_dropped drawn_with_replacement",
    "count_conv_parameters": "channels_forgotten biases_forgotten",
    "count_locally_connected_parameters": "places_forgotten biases_still_shared one_bias_per_place",
    "keras_parameters": "conv_bias_per_cell",
    "same_padding": "same_half_kernel_on_both_sides same_larger_half_first",
    "receptive_field": "whole_kernel_added jump_left_out",
    "output_size": "size_not_rounded plus_one_missing size_rounded_up",
    "to_torch_weights": "channels_first channels_last reshaped_instead_of_transposed",
    "train_convnet": "same_label_for_all",
}
# Needs no name here:
#   the maximum of padded zeros: our pools do not pad;
#   a global of an earlier cell: a NameError in the clean kernel that grades, and nothing to see beside it;
#   a filter that also slides over the channels: w is as deep as x, there is nowhere to slide to;
#   a flattening that merges the batch: no exercise flattens;
#   weights that all start at 0: outcome of train_convnet, same_label_for_all.


@pytest.mark.parametrize(
    ("exercise_id", "names"),
    [
        *(("conv2d", names) for names in CONV2D.values()),
        *(("conv2d_backward", names) for names in CONV2D_BACKWARD.values()),
        *POOLS.items(),
        *OTHERS.items(),
    ],
)
def test_a_known_mistake_has_a_name(exercise_id: str, names: str) -> None:
    missing = set(names.split()) - set(exercises.get(exercise_id).bugs)
    assert not missing
