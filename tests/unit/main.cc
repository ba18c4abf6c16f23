// SPDX-License-Identifier: Apache-2.0
// Runs every unit test, or those whose name contains an argument.
#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/Test.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

namespace {

void run_matching(CppUnit::Test& test, const std::string& part, CppUnit::TestResult& result) {
    for (int i = 0; i < test.getChildTestCount(); ++i)
        run_matching(*test.getChildTestAt(i), part, result);
    if (test.getChildTestCount() == 0 && test.getName().find(part) != std::string::npos)
        test.run(&result);
}

}  // namespace

int main(int argc, char** argv) {
    const std::unique_ptr<CppUnit::Test> all(
        CppUnit::TestFactoryRegistry::getRegistry().makeTest());
    CppUnit::TestResult result;
    CppUnit::TestResultCollector collector;
    CppUnit::BriefTestProgressListener progress;
    result.addListener(&collector);
    if (argc > 1) result.addListener(&progress);
    if (argc == 1) run_matching(*all, "", result);
    for (int i = 1; i < argc; ++i) run_matching(*all, argv[i], result);
    if (collector.runTests() == 0) {
        std::cerr << "no test matches\n";
        return 2;
    }
    CppUnit::CompilerOutputter(&collector, std::cerr).write();
    std::printf("%d passed, %d failed\n", collector.runTests() - collector.testFailuresTotal(),
                collector.testFailuresTotal());
    return collector.wasSuccessful() ? 0 : 1;
}
