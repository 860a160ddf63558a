# git: commits, a branch, a merge, a conflict, a packed clone, and a check of all of it.
set -eu
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='2026-01-01T00:00:00Z'
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
git init -q -b main /root/work
cd /root/work
for directory in 1 2 3 4 5; do
    mkdir $directory
    for file in 1 2 3 4 5 6 7 8 9 10; do seq $((directory * file * 10)) > $directory/$file; done
done
git add .
git commit -q -m 'All files'
git checkout -q -b branch
git mv 1/1 moved
echo line >> 2/2
git commit -q -a -m 'Some moved'
git checkout -q main
echo other >> 3/3
git commit -q -a -m 'Some changed'
git merge -q --no-edit branch
git log --graph --format='%h %s'
git rev-parse 'HEAD^{tree}'
git checkout -q -b conflict HEAD~1
echo conflicting > 2/2
git commit -q -a -m 'Some conflicting'
git merge branch > /dev/null || git diff --name-only --diff-filter=U
git merge --abort
git gc -q
git fsck --strict --no-dangling
git clone -q --no-hardlinks --branch main /root/work /root/clone
git -C /root/clone status --short --branch
git -C /root/clone log --stat --format=%h -1 HEAD~1
