// SPDX-License-Identifier: Apache-2.0
#include "trainer/checkpoint.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/unit/bars.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/test_network.h"
#include "trainer/sha256.h"

namespace digit {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

Checkpoint some_checkpoint() {
    Checkpoint c;
    c.settings = {{"hidden", "48"}, {"seed", "1"}};
    c.state.epoch = 3;
    c.state.step = 7;
    c.state.sums = {{1.5, 2, 3, 3}, {2.5, 4, 5, 5}};
    c.state.parameters.assign(20, 0.25f);
    c.state.optimiser.first.assign(20, 0.5f);
    c.history = {{0, 0.1, 2, 0.3, 1, 0.5, 0.6, 4}, {1, 0.1, 1, 0.6, 1, 0.7, 0.8, 8}};
    c.best = {0.7, 1, 1, test::random_network({8, 4, 10}, Activation::kTanh)};
    c.seconds = 9;
    return c;
}

// Everything that a stopped training needs, and all random parts of it.
Settings all_settings() {
    Settings settings;
    settings.hidden = {36, 24};
    settings.receptive_fields = {{12, 8}};
    settings.shared_weights = 0.5f;
    settings.normalised = true;
    settings.batch_size = 32;
    settings.epochs = 3;
    settings.threads = 2;
    settings.average = 0.9f;
    settings.dropout = 0.2f;
    settings.mixup = 0.3f;
    settings.warm_up_epochs = 1;
    settings.augment = AugmentSettings::usual();
    return settings;
}

class CheckpointTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CheckpointTest);
    CPPUNIT_TEST(what_is_written_is_read);
    CPPUNIT_TEST(a_file_cut_at_any_byte_is_refused);
    CPPUNIT_TEST(a_file_with_a_changed_byte_is_refused);
    CPPUNIT_TEST(a_whole_file_of_another_layout_is_refused);
    CPPUNIT_TEST(nothing_is_left_beside_and_a_failure_keeps_the_old_file);
    CPPUNIT_TEST(other_settings_are_named);
    CPPUNIT_TEST(a_stopped_training_ends_with_the_same_bits);
    CPPUNIT_TEST(a_state_of_another_network_is_refused);
    CPPUNIT_TEST_SUITE_END();

    void what_is_written_is_read() {
        const test::TemporaryFolder folder;
        const Checkpoint in = some_checkpoint();
        CPPUNIT_ASSERT(write_checkpoint(folder.path() / "c", in).ok());
        const Result<Checkpoint> out = read_checkpoint(folder.path() / "c");
        CPPUNIT_ASSERT(out.ok());
        CPPUNIT_ASSERT(in.settings == out->settings);
        CPPUNIT_ASSERT_EQUAL(in.state.epoch, out->state.epoch);
        CPPUNIT_ASSERT_EQUAL(in.state.step, out->state.step);
        CPPUNIT_ASSERT_EQUAL(2.5, out->state.sums[1].loss);
        CPPUNIT_ASSERT(in.state.parameters == out->state.parameters);
        CPPUNIT_ASSERT(in.state.optimiser.first == out->state.optimiser.first);
        CPPUNIT_ASSERT(out->state.optimiser.second.empty());
        CPPUNIT_ASSERT_EQUAL(0.7, out->history[1].seen_accuracy);
        CPPUNIT_ASSERT(in.best->network.layers[1].weight == out->best->network.layers[1].weight);
        CPPUNIT_ASSERT_EQUAL(9.0, out->seconds);
    }

    void a_file_cut_at_any_byte_is_refused() {
        const test::TemporaryFolder folder;
        const fs::path path = folder.path() / "c";
        CPPUNIT_ASSERT(write_checkpoint(path, some_checkpoint()).ok());
        for (auto size = fs::file_size(path); size-- > 0;) {
            fs::resize_file(path, size);
            CPPUNIT_ASSERT(!read_checkpoint(path).ok());
        }
    }

    void a_file_with_a_changed_byte_is_refused() {
        const test::TemporaryFolder folder;
        const fs::path path = folder.path() / "c";
        CPPUNIT_ASSERT(write_checkpoint(path, some_checkpoint()).ok());
        const std::string whole = content_of(path);
        for (std::size_t i = 0; i < whole.size(); i += 3) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            write(path, changed);
            CPPUNIT_ASSERT(!read_checkpoint(path).ok());
        }
    }

    void a_whole_file_of_another_layout_is_refused() {
        const test::TemporaryFolder folder;
        const fs::path path = folder.path() / "c";
        CPPUNIT_ASSERT(write_checkpoint(path, some_checkpoint()).ok());
        constexpr std::size_t kDigest = 64;
        std::string body = content_of(path);
        body.resize(body.size() - kDigest);
        for (const std::string& other : {body + "more", body.substr(0, body.size() - 1)}) {
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(other.data());
            write(path, other + sha256_hex({std::span(bytes, other.size())}));
            CPPUNIT_ASSERT_EQUAL(path.string() + ": is damaged",
                                 read_checkpoint(path).status().message());
        }
    }

    void nothing_is_left_beside_and_a_failure_keeps_the_old_file() {
        const test::TemporaryFolder folder;
        const fs::path path = folder.path() / "c";
        CPPUNIT_ASSERT(write_checkpoint(path, some_checkpoint()).ok());
        CPPUNIT_ASSERT(write_checkpoint(path, some_checkpoint()).ok());
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1},
                             std::distance(fs::directory_iterator(folder.path()), {}));
        CPPUNIT_ASSERT(!write_checkpoint(folder.path() / "none" / "c", some_checkpoint()).ok());
    }

    void other_settings_are_named() {
        const std::vector<std::pair<std::string, std::string>> one = {{"a", "1"}, {"b", "2"}};
        auto other = one;
        CPPUNIT_ASSERT(check_same_settings("c", one, other).ok());
        other[1].second = "3";
        CPPUNIT_ASSERT_EQUAL(
            std::string("c: belongs to a training with other settings, the first of which is b"),
            check_same_settings("c", one, other).message());
        other.pop_back();
        CPPUNIT_ASSERT(!check_same_settings("c", one, other).ok());
        CPPUNIT_ASSERT(!check_same_settings("c", other, one).ok());
    }

    // Stopped again and again, in the middle of epochs, each time continued by a new Training.
    void a_stopped_training_ends_with_the_same_bits() {
        const Settings settings = all_settings();
        const TrainingPictures pictures{test::bars(330, 1), 30, nullptr};
        Team team(settings.threads);
        Training whole(settings, pictures, team);
        std::vector<LossSums> sums;
        while (whole.epochs_done() < settings.epochs) sums.push_back(*whole.run_epoch());

        const test::TemporaryFolder folder;
        const fs::path path = folder.path() / "c";
        Checkpoint kept;
        kept.state = Training(settings, pictures, team).state();
        CPPUNIT_ASSERT(write_checkpoint(path, kept).ok());
        std::size_t ended = 0;
        int stops = 0;
        for (; ended < sums.size(); ++stops) {
            Training part(settings, pictures, team);
            Result<Checkpoint> found = read_checkpoint(path);
            CPPUNIT_ASSERT(found.ok());
            CPPUNIT_ASSERT(part.restore(std::move(found->state)).ok());
            int steps = 0;
            const auto done = part.run_epoch({{}, [&steps] { return ++steps > 4; }});
            if (done) CPPUNIT_ASSERT_EQUAL(sums[ended++].loss, done->loss);
            kept.state = part.state();
            CPPUNIT_ASSERT(write_checkpoint(path, kept).ok());
        }
        CPPUNIT_ASSERT(stops > settings.epochs);
        CPPUNIT_ASSERT(whole.state().parameters == kept.state.parameters);
        CPPUNIT_ASSERT(whole.state().optimiser.second == kept.state.optimiser.second);
        CPPUNIT_ASSERT(whole.state().optimiser.average == kept.state.optimiser.average);
    }

    void a_state_of_another_network_is_refused() {
        const TrainingPictures pictures{test::bars(64, 1), 0, nullptr};
        Settings settings = all_settings();
        Team team(settings.threads);
        const TrainingState state = Training(settings, pictures, team).state();
        settings.hidden = {45};
        CPPUNIT_ASSERT(!Training(settings, pictures, team).restore(state).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CheckpointTest);

}  // namespace
}  // namespace digit
