<!DOCTYPE html>
<html>
<?php
// Shows one page.
require 'header.php';

function title($page) {
    return $page['title'];
}
?>
<h1><?= title($page) ?></h1>
<?php foreach ($rows as $row): ?>
  <p><?php echo $row ?></p>
<?php endforeach; ?>
</html>
