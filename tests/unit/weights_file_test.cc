// SPDX-License-Identifier: Apache-2.0
#include "libdigit/weights_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "libdigit/half.h"
#include "tests/unit/address_space_limit.h"
#include "tests/unit/file_size_limit.h"
#include "tests/unit/sanitizers.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

using Json = nlohmann::ordered_json;

NetworkParameters small() {
    auto parameters = random_network({784, 3, 10}, Activation::kTanh);
    parameters.metadata["recipe"] = "test";
    return parameters;
}

Result<NetworkParameters> parse(const std::string& file) {
    return parse_weights({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
}

std::size_t header_length(const std::string& file) {
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), 8);
    return static_cast<std::size_t>(length);
}

std::string with_header(const std::string& header, const std::string& data) {
    std::string file(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(file.data(), &length, 8);
    return file + header + data;
}

// The good file, its header changed by `edit`.
std::string edited(const std::function<void(Json&)>& edit) {
    const std::string file = serialise_weights(small(), WeightsDtype::kF32);
    Json header = Json::parse(file.substr(8, header_length(file)));
    edit(header);
    return with_header(header.dump(), file.substr(8 + header_length(file)));
}

void assert_refused(Code code, const std::string& file) {
    const auto result = parse(file);
    CPPUNIT_ASSERT(!result.ok());
    CPPUNIT_ASSERT_EQUAL(std::string(code_name(code)),
                         std::string(code_name(result.status().code)));
    CPPUNIT_ASSERT(!result.status().detail.empty());
}

class WeightsFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WeightsFileTest);
    CPPUNIT_TEST(what_is_written_is_read_back_to_the_bit);
    CPPUNIT_TEST(an_early_exit_is_read_back_to_the_bit);
    CPPUNIT_TEST(half_precision_is_rounded_to_nearest);
    CPPUNIT_TEST(every_half_survives_the_way_through_float);
    CPPUNIT_TEST(the_header_is_padded_to_64_bytes_and_matrices_come_first);
    CPPUNIT_TEST(a_file_in_another_order_and_without_padding_is_accepted);
    CPPUNIT_TEST(bfloat16_is_read);
    CPPUNIT_TEST(a_refusal_names_the_file_and_the_tensor);
    CPPUNIT_TEST(a_file_cut_at_any_byte_is_refused);
    CPPUNIT_TEST(any_flipped_bit_of_the_tensors_is_refused);
    CPPUNIT_TEST(writing_replaces_the_file_and_leaves_nothing_beside);
    CPPUNIT_TEST(a_folder_that_cannot_be_written_is_an_error_with_its_reason);
    CPPUNIT_TEST(a_disk_that_is_full_and_a_folder_in_the_way_leave_what_was_there);
    CPPUNIT_TEST(a_missing_file_a_folder_and_a_pipe_are_refused);
    CPPUNIT_TEST(files_that_no_memory_is_left_for_and_endless_ones_are_refused);
    CPPUNIT_TEST_SUITE_END();

    void what_is_written_is_read_back_to_the_bit() {
        const auto parameters = small();
        const auto back = parse(serialise_weights(parameters, WeightsDtype::kF32));
        CPPUNIT_ASSERT(back.ok());
        CPPUNIT_ASSERT(back->activation == Activation::kTanh);
        CPPUNIT_ASSERT_EQUAL(parameters.layers.size(), back->layers.size());
        for (std::size_t i = 0; i < parameters.layers.size(); ++i) {
            CPPUNIT_ASSERT(parameters.layers[i].weight == back->layers[i].weight);
            CPPUNIT_ASSERT(parameters.layers[i].bias == back->layers[i].bias);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("test"), back->metadata.at("recipe"));
        CPPUNIT_ASSERT_EQUAL(std::string("784-3-10"), back->metadata.at("architecture"));
    }

    void an_early_exit_is_read_back_to_the_bit() {
        NetworkParameters parameters = random_network({784, 5, 4, 10}, Activation::kRelu);
        add_early_exit(parameters, 6, 1);
        round_to_bytes(parameters);
        for (const WeightsDtype dtype : {WeightsDtype::kF32, WeightsDtype::kI8}) {
            const auto back = parse(serialise_weights(parameters, dtype));
            CPPUNIT_ASSERT(back.ok());
            CPPUNIT_ASSERT(same_layers(parameters, *back));
            CPPUNIT_ASSERT_EQUAL(std::string("784-5-4-10"), back->metadata.at("architecture"));
        }
        // The digest is of it too.
        std::string file = serialise_weights(parameters, WeightsDtype::kF32);
        const Json header = Json::parse(file.substr(8, header_length(file)));
        const std::size_t begin = header["early_exit.1.bias"]["data_offsets"][0];
        file[8 + header_length(file) + begin] ^= 1;
        assert_refused(Code::kWeightsDigest, file);
    }

    void half_precision_is_rounded_to_nearest() {
        const auto parameters = small();
        const auto back = parse(serialise_weights(parameters, WeightsDtype::kF16));
        CPPUNIT_ASSERT(back.ok());
        const auto& exact = parameters.layers[0].weight;
        for (std::size_t i = 0; i < exact.size(); ++i)
            CPPUNIT_ASSERT(std::fabs(back->layers[0].weight[i] - exact[i]) <=
                           std::fabs(exact[i]) / 2048 + 6e-8f);
    }

    void every_half_survives_the_way_through_float() {
        for (std::uint32_t bits = 0; bits < 65536; ++bits) {
            const float value = float_from_half(static_cast<std::uint16_t>(bits));
            if (std::isnan(value)) continue;
            CPPUNIT_ASSERT_EQUAL(bits, static_cast<std::uint32_t>(half_from_float(value)));
        }
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{0x7c00}, half_from_float(65520.0f));
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{0x3c00}, half_from_float(1.0f + 1.0f / 2048));
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{0x3c02}, half_from_float(1.0f + 3.0f / 2048));
    }

    void the_header_is_padded_to_64_bytes_and_matrices_come_first() {
        const std::string file = serialise_weights(small(), WeightsDtype::kF32);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, (8 + header_length(file)) % 64);
        const Json header = Json::parse(file.substr(8, header_length(file)));
        CPPUNIT_ASSERT(header["layers.1.weight"]["data_offsets"][1] <=
                       header["layers.0.bias"]["data_offsets"][0]);
    }

    void a_file_in_another_order_and_without_padding_is_accepted() {
        const auto parameters = small();
        const std::string file = serialise_weights(parameters, WeightsDtype::kF32);
        Json header = Json::parse(file.substr(8, header_length(file)));
        const std::string data = file.substr(8 + header_length(file));
        Json reordered = {{"__metadata__", header["__metadata__"]}};
        std::string moved;
        for (const char* name :
             {"layers.1.bias", "layers.0.bias", "layers.1.weight", "layers.0.weight"}) {
            const std::size_t begin = header[name]["data_offsets"][0];
            const std::size_t end = header[name]["data_offsets"][1];
            reordered[name] = header[name];
            reordered[name]["data_offsets"] = {moved.size(), moved.size() + end - begin};
            moved += data.substr(begin, end - begin);
        }
        const auto back = parse(with_header(reordered.dump(), moved));
        CPPUNIT_ASSERT(back.ok());
        CPPUNIT_ASSERT(back->layers[0].weight == parameters.layers[0].weight);
    }

    void bfloat16_is_read() {
        const std::string file = serialise_weights(small(), WeightsDtype::kF16);
        Json header = Json::parse(file.substr(8, header_length(file)));
        const std::string data = file.substr(8 + header_length(file));
        for (auto& [name, tensor] : header.items())
            if (name != "__metadata__") tensor["dtype"] = "BF16";
        const auto back = parse(with_header(header.dump(), data));
        CPPUNIT_ASSERT(back.ok());
        const std::size_t begin = header["layers.0.weight"]["data_offsets"][0];
        for (std::size_t i = 0; i < back->layers[0].weight.size(); ++i) {
            std::uint16_t upper = 0;  // of the float's bits; the lower are zero
            std::memcpy(&upper, data.data() + begin + 2 * i, 2);
            CPPUNIT_ASSERT_EQUAL(std::bit_cast<float>(std::uint32_t{upper} << 16),
                                 back->layers[0].weight[i]);
        }
    }

    void a_refusal_names_the_file_and_the_tensor() {
        const TemporaryFolder folder;
        const std::string path = folder.path() / "broken.safetensors";
        std::ofstream(path, std::ios::binary)
            << edited([](Json& h) { h["layers.1.weight"]["dtype"] = "I16"; });
        const auto result = read_weights(path);
        CPPUNIT_ASSERT(!result.ok());
        CPPUNIT_ASSERT_EQUAL(path + ": layers.1.weight", result.status().where);
    }

    void a_file_cut_at_any_byte_is_refused() {
        const std::string file = serialise_weights(small(), WeightsDtype::kF32);
        for (std::size_t length = 0; length < file.size(); ++length)
            CPPUNIT_ASSERT(!parse(file.substr(0, length)).ok());
        assert_refused(Code::kWeightsTruncated, file.substr(0, 7));
        assert_refused(Code::kWeightsTruncated, file.substr(0, 100));
        assert_refused(Code::kWeightsTruncated, file.substr(0, file.size() - 1));
    }

    void any_flipped_bit_of_the_tensors_is_refused() {
        const std::string file = serialise_weights(small(), WeightsDtype::kF32);
        const std::size_t data = 8 + header_length(file);
        for (std::size_t byte = data; byte < file.size(); byte += 37) {
            std::string damaged = file;
            damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << byte % 8));
            assert_refused(Code::kWeightsDigest, damaged);
        }
    }

    void writing_replaces_the_file_and_leaves_nothing_beside() {
        const TemporaryFolder folder;
        const std::string path = folder.path() / "digit.safetensors";
        std::ofstream(path) << "old";
        CPPUNIT_ASSERT(write_weights(path, small(), WeightsDtype::kF32).ok());
        CPPUNIT_ASSERT(read_weights(path).ok());
        std::size_t files = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator(folder.path()))
            ++files;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, files);
    }

    void a_folder_that_cannot_be_written_is_an_error_with_its_reason() {
        const Status status =
            write_weights("/nonexistent/folder/digit.safetensors", small(), WeightsDtype::kF32);
        CPPUNIT_ASSERT(status.code == Code::kIo);
        CPPUNIT_ASSERT(status.detail.find("No such file") != std::string::npos);
    }

    void a_disk_that_is_full_and_a_folder_in_the_way_leave_what_was_there() {
        const TemporaryFolder folder;
        const std::string path = folder.path() / "digit.safetensors";
        std::ofstream(path) << "old";
        {
            const FileSizeLimit full(1000);
            const Status status = write_weights(path, small(), WeightsDtype::kF32);
            CPPUNIT_ASSERT(status.code == Code::kIo);
            CPPUNIT_ASSERT_EQUAL(path, status.where);
            CPPUNIT_ASSERT_EQUAL(std::string("writing failed: File too large"), status.detail);
        }
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{3}, std::filesystem::file_size(path));
        const std::string taken = folder.path() / "taken";
        std::filesystem::create_directory(taken);
        const Status status = write_weights(taken, small(), WeightsDtype::kF32);
        CPPUNIT_ASSERT(status.code == Code::kIo);
        CPPUNIT_ASSERT_EQUAL(std::string("renaming the finished file failed: Is a directory"),
                             status.detail);
        std::size_t entries = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator(folder.path()))
            ++entries;
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, entries);
    }

    void a_missing_file_a_folder_and_a_pipe_are_refused() {
        const TemporaryFolder folder;
        const std::string pipe = folder.path() / "pipe";
        CPPUNIT_ASSERT_EQUAL(0, mkfifo(pipe.c_str(), 0600));
        for (const std::string& path :
             {folder.path().string() + "/none", folder.path().string(), pipe}) {
            const auto result = read_weights(path);
            CPPUNIT_ASSERT(!result.ok());
            CPPUNIT_ASSERT(result.status().code == Code::kIo);
            CPPUNIT_ASSERT_EQUAL(path, result.status().where);
        }
    }

    void files_that_no_memory_is_left_for_and_endless_ones_are_refused() {
        const TemporaryFolder folder;
        const std::string path = folder.path() / "large";
        std::ofstream{path};
        std::filesystem::resize_file(path, 200u << 20);  // takes no disk
        // AddressSanitizer reserves the whole address space.
        if (!kWithAddressSanitizer) {
            const AddressSpaceLimit limit(16u << 20);
            const auto result = read_weights(path);
            CPPUNIT_ASSERT(!result.ok() && result.status().code == Code::kOutOfMemory);
            CPPUNIT_ASSERT_EQUAL(path, result.status().where);
        }
        std::filesystem::resize_file(path, (256u << 20) + 1);
        const auto result = read_weights(path);
        CPPUNIT_ASSERT(!result.ok() && result.status().code == Code::kWeightsLayout);
        CPPUNIT_ASSERT_EQUAL(std::string("is over 256 MiB, which no network here needs"),
                             result.status().detail);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WeightsFileTest);

}  // namespace
}  // namespace digit::test
